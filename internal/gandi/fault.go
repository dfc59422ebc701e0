package gandi

import "fmt"

// Fault is a refusal in Gandi's own words: an XML-RPC fault. errors.As finds it in whatever a call returned.
//
// A code of six digits reads Q OOO CC: who is to blame (5 the caller, 1 the server), the object, the cause.
type Fault struct {
	Method string
	Code   int
	Text   string // without the key and without passwords, and at most maxFaultText long
}

// maxFaultText is in characters. Texts seen are under 100; some carry a traceback.
const maxFaultText = 1000

func (f *Fault) Error() string {
	if f.Text == "" {
		return fmt.Sprintf("fault %d", f.Code)
	}
	return fmt.Sprintf("fault %d: %s", f.Code, f.Text)
}

// Qualification is 5 for what the caller did wrong and 1 for what the server did; 0 when the code has not six digits.
func (f *Fault) Qualification() int { return f.part(100_000, 10) }

// Object is what the fault is about, such as 304 for a disk; 0 when the code has not six digits.
func (f *Fault) Object() int { return f.part(100, 1000) }

// Cause is why, such as 42 for not found; 0 when the code has not six digits.
func (f *Fault) Cause() int { return f.part(1, 100) }

func (f *Fault) part(div, mod int) int {
	if f.Code < 100_000 || f.Code > 999_999 {
		return 0
	}
	return f.Code / div % mod
}
