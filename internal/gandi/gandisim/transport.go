package gandisim

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
)

// transportAddress is whom the world takes a client on its Transport for.
const transportAddress = "192.0.2.1"

// Transport is a way to the world without a socket: for an http.Client in a test, also
// in a testing/synctest bubble. It has no goroutine; delays are waited for in RoundTrip
// and end with the request's context. A cut connection is a reset one ("before",
// "after") or a body that ends with io.ErrUnexpectedEOF ("truncate").
func (w *World) Transport() http.RoundTripper {
	return transport{w}
}

type transport struct{ world *World }

// RoundTrip implements http.RoundTripper. Scheme, host and port of the URL do not matter.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in := r.Clone(ctx)
	in.RemoteAddr = transportAddress + ":1024"
	p := t.world.serve(in)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p.sent < 0 {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return p.response(r), nil
}

func (p *reply) response(r *http.Request) *http.Response {
	p.header.Set("Content-Length", strconv.Itoa(len(p.body)))
	var body io.Reader = bytes.NewReader(p.body[:p.sent])
	if p.cut() {
		body = io.MultiReader(body, brokenReader{})
	}
	return &http.Response{
		Status:     strconv.Itoa(p.status) + " " + http.StatusText(p.status),
		StatusCode: p.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        p.header,
		Body:          io.NopCloser(body),
		ContentLength: int64(len(p.body)),
		Request:       r,
	}
}

// brokenReader is the rest of a body whose connection ended.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
