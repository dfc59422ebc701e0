package gandi

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// explain says in our words what broke an exchange. The usual breaks have sentences of their own; the text of others is
// shown redacted, for net/http quotes the lines that a server sent it.
func (c *Client) explain(caller, inTime context.Context, err error, clean redactor) string {
	var (
		lookup *net.DNSError
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
	)
	switch {
	case caller.Err() != nil:
		return "ended by the caller: " + caller.Err().Error()
	case inTime.Err() != nil:
		return fmt.Sprintf("no whole answer within %s", c.timeout.Round(time.Millisecond))
	case errors.As(err, &lookup):
		return fmt.Sprintf("the name %s cannot be resolved", clean.line(lookup.Name))
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &cert):
		return "the server's certificate is not trusted: " + clean.line(cert.Err.Error())
	case errors.As(err, &record):
		return "the server does not speak TLS"
	case errors.Is(err, errTooLong):
		return fmt.Sprintf("longer than %d bytes", c.maxReply)
	case errors.Is(err, errUnknownEncoding):
		return errUnknownEncoding.Error()
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), isCorrupt(err):
		return "the gzip data is broken"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return "the connection was cut"
	case isTimeout(err):
		return "the network timed out"
	default:
		return clean.line(withoutUserinfo(err.Error()))
	}
}

func isCorrupt(err error) bool {
	_, ok := errors.AsType[flate.CorruptInputError](err)
	return ok
}

func isTimeout(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

var userinfo = regexp.MustCompile(`://[^/\s@"]*@`)

// withoutUserinfo hides the password of a proxy, which comes from the environment and shows in net/http's errors.
func withoutUserinfo(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	return userinfo.ReplaceAllString(s, "://"+redacted+"@")
}
