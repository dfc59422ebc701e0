package gandi

import (
	"errors"
	"io"
	"testing"
)

func TestOnceBody(t *testing.T) {
	b := &onceBody{rest: []byte("hello")}
	got, err := io.ReadAll(io.MultiReader(io.LimitReader(b, 2), b))
	if err != nil || string(got) != "hello" {
		t.Fatalf("got %q, %v", got, err)
	}
	if b.withdraw() {
		t.Error("withdrawn after it was read")
	}
	if n, err := b.Read(make([]byte, 8)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("a second reading gives %d, %v", n, err)
	}

	b = &onceBody{rest: []byte("hello")}
	if !b.withdraw() {
		t.Error("not withdrawn though nobody read")
	}
	if n, err := b.Read(make([]byte, 8)); n != 0 || !errors.Is(err, errBodySealed) {
		t.Errorf("reading after the withdrawal gives %d, %v", n, err)
	}
}

// Whoever comes first wins, and both agree on it.
func TestOnceBodyRace(t *testing.T) {
	for range 200 {
		b := &onceBody{rest: []byte("hello")}
		read := make(chan int)
		go func() {
			n, _ := b.Read(make([]byte, 8))
			read <- n
		}()
		withdrawn := b.withdraw()
		if n := <-read; (n == 0) != withdrawn {
			t.Fatalf("%d bytes read, withdrawn %v", n, withdrawn)
		}
	}
}

func TestRequestCannotBeRewound(t *testing.T) {
	c, _ := newFake(t, always(""))
	req := c.request(t.Context(), &onceBody{}, 5)
	if req.GetBody != nil || req.Header.Get("Idempotency-Key") != "" || req.Header.Get("X-Idempotency-Key") != "" || req.ContentLength != 5 {
		t.Errorf("net/http may send it again: %+v", req)
	}
}
