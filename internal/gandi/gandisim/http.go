package gandisim

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// ServeHTTP serves the RPC at /xmlrpc/ and the simulator's own doors below /sim/. A
// connection that a trouble cuts ends by http.ErrAbortHandler, which net/http turns
// into a closed connection.
func (w *World) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.serve(r).send(rw)
}

// reply is an answer on its way out, of a socket or of the Transport.
type reply struct {
	status int
	header http.Header
	body   []byte
	// sent is how much of the body arrives before the connection ends: all of it if it
	// equals len(body); a negative number means not even the status line.
	sent int
}

func newReply(status int, contentType string, body []byte) *reply {
	h := http.Header{}
	h.Set("Content-Type", contentType)
	return &reply{status: status, header: h, body: body, sent: len(body)}
}

// cutReply is a connection that ends without a byte.
func cutReply() *reply { return &reply{sent: -1} }

// statusReply is a status as a web server gives it that stands before the API.
func statusReply(status int) *reply {
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	return newReply(status, "text/html", []byte("<html><head><title>"+text+"</title></head><body><h1>"+text+"</h1></body></html>\n"))
}

func (p *reply) cut() bool { return p.sent < len(p.body) }

func (p *reply) send(rw http.ResponseWriter) {
	if p.sent < 0 {
		panic(http.ErrAbortHandler)
	}
	h := rw.Header()
	maps.Copy(h, p.header)
	h.Set("Content-Length", strconv.Itoa(len(p.body)))
	rw.WriteHeader(p.status)
	// Whether the client is still there is not ours to know.
	_, _ = rw.Write(p.body[:p.sent])
	if p.cut() {
		_ = http.NewResponseController(rw).Flush()
		panic(http.ErrAbortHandler)
	}
}

// serve answers one request.
func (w *World) serve(r *http.Request) *reply {
	switch {
	case r.URL.Path == "/xmlrpc" || r.URL.Path == "/xmlrpc/":
		return w.serveRPC(r)
	case strings.HasPrefix(r.URL.Path, "/sim/"):
		return w.serveControl(r)
	}
	return statusReply(http.StatusNotFound)
}

// readBody reads a bounded body. The status is 0 if all went well.
func readBody(r *http.Request) (body []byte, status int) {
	if r.Body == nil {
		return nil, 0
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, http.StatusUnsupportedMediaType
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case len(body) > maxBody:
		return nil, http.StatusRequestEntityTooLarge
	case err != nil:
		return nil, http.StatusBadRequest
	}
	return body, 0
}

// compressors are kept: a new one takes most of a megabyte, for replies of a few
// kilobytes.
var compressors = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is one of the library's own
	}
	return z
}}

// compress compresses the reply's body, with the fixed header that makes it the same
// bytes each time.
func (p *reply) compress() {
	var b bytes.Buffer
	z := compressors.Get().(*gzip.Writer)
	defer compressors.Put(z)
	z.Reset(&b)
	// A bytes.Buffer takes everything.
	_, _ = z.Write(p.body)
	_ = z.Close()
	p.body, p.sent = b.Bytes(), b.Len()
	p.header.Set("Content-Encoding", "gzip")
	p.header.Add("Vary", "Accept-Encoding")
}

// acceptsGzip reads Accept-Encoding: "gzip, deflate", "*", "gzip;q=0".
func acceptsGzip(h http.Header) bool {
	for part := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, weight, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip", "*":
			q, found := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
			if f, err := strconv.ParseFloat(q, 64); found && err == nil && f == 0 {
				continue
			}
			return true
		}
	}
	return false
}

// addressOf is the client's address without its port.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
