package chaos

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// wire is the way of one process to Gandi.
type wire struct {
	p    *process
	next http.RoundTripper
}

var methodName = regexp.MustCompile(`<methodName>([^<]+)</methodName>`)

// reset is a connection that ends without a byte.
func reset() error { return &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET} }

// RoundTrip passes a request on, as far as the weather lets it.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := w.p.alive(); err != nil {
		return nil, err
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	again := func(ctx context.Context) *http.Request {
		c := r.Clone(ctx)
		c.Body = io.NopCloser(bytes.NewReader(body))
		c.ContentLength = int64(len(body))
		c.Header.Del("Accept-Encoding") // packing costs more than all else that the simulator does
		return c
	}
	found := methodName.FindSubmatch(body)
	if found == nil {
		return w.next.RoundTrip(again(r.Context()))
	}
	method := string(found[1])
	w.p.h.calls.Add(1)
	if resp, err, out := w.p.h.outage(r, method); out {
		return resp, err
	}
	if !testkit.Changes(method) {
		resp, err := w.next.RoundTrip(again(r.Context()))
		if err == nil && strings.HasPrefix(method, "operation.") {
			return w.p.h.withoutVanished(resp, method, body)
		}
		return resp, err
	}
	w.p.h.changes.Add(1)
	var resp *http.Response
	err = w.p.write(method, func() error {
		var err error
		resp, err = w.change(r, method, again) //nolint:bodyclose // the caller of RoundTrip closes it
		return err
	})
	return resp, err
}

// change is a changing call, with the blow that strikes it.
func (w *wire) change(r *http.Request, method string, again func(context.Context) *http.Request) (*http.Response, error) {
	h, ctx := w.p.h, r.Context()
	b := h.blowFor(method)
	switch b.kind {
	case "":
		return h.effect(w, again(ctx), method, b)
	case lostBefore:
		return nil, reset()
	case lateEffect:
		h.background.Go(func() {
			<-time.After(b.d)
			if resp, err := h.effect(w, again(context.WithoutCancel(ctx)), method, b); err == nil {
				_ = resp.Body.Close()
			}
		})
		return nil, reset()
	case gateway:
		return status(r, http.StatusBadGateway), nil
	case refusedRate:
		return status(r, http.StatusTooManyRequests), nil
	case strangeFault:
		return faulty(r, 559999), nil
	case slowRequest:
		if err := sleep(ctx, b.d); err != nil {
			return nil, err
		}
		return h.effect(w, again(ctx), method, b)
	case doubled:
		resp, err := h.effect(w, again(ctx), method, b)
		if second, twice := h.effect(w, again(ctx), method, blow{kind: twin}); twice == nil {
			_ = second.Body.Close()
		}
		return resp, err
	}
	resp, err := h.effect(w, again(ctx), method, b)
	if err != nil {
		return nil, err
	}
	switch b.kind {
	case lostAfter:
		_ = resp.Body.Close()
		return nil, reset()
	case gatewayAfter:
		_ = resp.Body.Close()
		return status(r, http.StatusBadGateway), nil
	case strangeAfter:
		_ = resp.Body.Close()
		return faulty(r, 559999), nil
	case truncated:
		raw, _ := io.ReadAll(resp.Body)
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(raw[:len(raw)/2]), broken{}))
	case slowReply:
		if err := sleep(ctx, b.d); err != nil {
			_ = resp.Body.Close()
			return nil, err
		}
	}
	return resp, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func answer(r *http.Request, code int, kind, body string) *http.Response {
	return &http.Response{
		Status: fmt.Sprint(code, " ", http.StatusText(code)), StatusCode: code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

func status(r *http.Request, code int) *http.Response { return answer(r, code, "text/html", "<html/>") }

func faulty(r *http.Request, code int) *http.Response {
	return answer(r, http.StatusOK, "text/xml", fmt.Sprintf(`<?xml version='1.0'?><methodResponse><fault><value><struct>`+
		`<member><name>faultCode</name><value><int>%d</int></value></member>`+
		`<member><name>faultString</name><value><string>Error on object : OBJECT_UNKNOWN (CAUSE_UNKNOWN) [something went wrong]</string></value></member>`+
		`</struct></value></fault></methodResponse>`, code))
}

// effect has a changing call take effect, and enters it into the ledger.
func (h *history) effect(w *wire, r *http.Request, method string, b blow) (*http.Response, error) {
	h.effects.Lock()
	defer h.effects.Unlock()
	if fate := b.fate(); fate != "" {
		h.world.Script(gandisim.Trouble{Method: method, Nth: 1, Operation: fate})
		defer h.world.ClearTroubles()
	}
	by, known := itemOf(r.Context())
	h.before(w.p, by, known, method, b)
	resp, err := w.next.RoundTrip(r)
	if err == nil {
		h.enter(w.p, by, method, b)
	}
	return resp, err
}

// withoutVanished takes operations out of a reply that Gandi is to have forgotten.
func (h *history) withoutVanished(resp *http.Response, method string, call []byte) (*http.Response, error) {
	h.mu.Lock()
	gone := h.vanished
	h.mu.Unlock()
	if len(gone) == 0 {
		return resp, nil
	}
	raw, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	text := string(raw)
	for id := range gone {
		number := fmt.Sprintf("<int>%d</int>", id)
		if method == "operation.info" && strings.Contains(string(call), number) {
			return faulty(resp.Request, 510742), nil
		}
		text = withoutStruct(text, "<name>id</name>\n<value>"+number+"</value>")
	}
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	resp.Header.Set("Content-Length", fmt.Sprint(len(text)))
	return resp, nil
}

// withoutStruct cuts the outermost <value><struct> of an array that holds mark.
func withoutStruct(text, mark string) string {
	const open, end = "<struct>", "</struct>"
	data := strings.Index(text, "<data>")
	if data < 0 {
		return text
	}
	for at := data; ; {
		begin := strings.Index(text[at:], open)
		if begin < 0 {
			return text
		}
		begin += at
		depth, i := 0, begin
		for {
			o, e := strings.Index(text[i:], open), strings.Index(text[i:], end)
			if e < 0 {
				return text
			}
			if o >= 0 && o < e {
				depth++
				i += o + len(open)
				continue
			}
			depth--
			i += e + len(end)
			if depth == 0 {
				break
			}
		}
		if strings.Contains(text[begin:i], mark) {
			from := strings.LastIndex(text[:begin], "<value>")
			to := i + strings.Index(text[i:], "</value>") + len("</value>")
			return text[:from] + text[to:]
		}
		at = i
	}
}
