package gandi

import (
	"errors"
	"fmt"
	"testing"
)

func faultIn(t testing.TB, err error) *Fault {
	t.Helper()
	f, ok := errors.AsType[*Fault](fmt.Errorf("wrapped twice: %w", fmt.Errorf("and again: %w", err)))
	if !ok {
		t.Fatalf("no Fault in %v", err)
	}
	return f
}

func TestFaultParts(t *testing.T) {
	for _, tt := range []struct{ code, qualification, object, cause int }{
		{530439, 5, 304, 39},
		{510150, 5, 101, 50},
		{500066, 5, 0, 66},
		{110020, 1, 100, 20},
		{1, 0, 0, 0},
		{-530439, 0, 0, 0},
		{5304390, 0, 0, 0},
	} {
		f := &Fault{Code: tt.code}
		if f.Qualification() != tt.qualification || f.Object() != tt.object || f.Cause() != tt.cause {
			t.Errorf("%d: %d %d %d, want %d %d %d", tt.code, f.Qualification(), f.Object(), f.Cause(),
				tt.qualification, tt.object, tt.cause)
		}
	}
}
