package gandi

import (
	"errors"
	"fmt"
	"strings"
)

// dryRunFlag stands in the last struct of a call.
const dryRunFlag = "--dry-run"

// SiteCreateDryRun asks what speaks against a SiteCreate. Whether Gandi heeds the flag is known from its manual alone: where it
// does not, the site is bought. So the call goes out like a purchase, and DryRunOf tells what became of it.
type SiteCreateDryRun struct{ Site SiteSpec }

func (c SiteCreateDryRun) Method() string { return "site.create" }

// Repeat is Paid, since an ignored flag buys.
func (c SiteCreateDryRun) Repeat() Repeat { return Paid }

func (c SiteCreateDryRun) Params() []any {
	s := c.Site.params()
	s[dryRunFlag] = true
	return []any{s}
}

func (c SiteCreateDryRun) operations(v any) ([]Operation, error) { return dryRun(v) }

// SiteUpdateDryRun asks what speaks against an update. It is Repeatable as the update is: where the flag is not heeded, what was
// asked about is done.
type SiteUpdateDryRun struct{ Update SiteUpdate }

func (c SiteUpdateDryRun) Method() string { return c.Update.Method() }
func (c SiteUpdateDryRun) Repeat() Repeat { return c.Update.Repeat() }

func (c SiteUpdateDryRun) Params() []any {
	s := c.Update.spec()
	s[dryRunFlag] = true
	return []any{int(c.Update.ID), s}
}

func (c SiteUpdateDryRun) operations(v any) ([]Operation, error) { return dryRun(v) }

// Asks tells whether c only asks what would speak against a call, where Gandi heeds the flag.
func Asks(c Call) bool {
	switch c.(type) {
	case SiteCreateDryRun, SiteUpdateDryRun:
		return true
	default:
		return false
	}
}

// Problem is one thing that speaks against a call.
type Problem struct {
	Field     string   // of the call's arguments, such as "vhosts"
	FieldType string   // "" where Gandi does not tell
	Reason    string   // in Gandi's words
	Attr      []string // what the reason is about: of a missing record, its host and value
	Error     string   // a name such as "!EC_STRMATCH"; "" where Gandi does not tell
}

// Record is the DNS record that the problem asks for: field vhosts, and as attributes a host and "vhost=" with 32 hexadecimal
// digits. It goes by the shape, for the words may come in another language.
func (p Problem) Record() (DNSRecord, bool) {
	if p.Field != "vhosts" || len(p.Attr) != 2 || p.Attr[0] == "" || !isChallenge(p.Attr[1]) {
		return DNSRecord{}, false
	}
	return DNSRecord{Host: p.Attr[0], Type: "TXT", Value: p.Attr[1], TTL: ChallengeTTL}, true
}

func isChallenge(s string) bool {
	digits, ok := strings.CutPrefix(s, "vhost=")
	return ok && len(digits) == 32 && strings.Trim(digits, "0123456789abcdefABCDEF") == ""
}

// DryRunOutcome says what became of a dry run.
type DryRunOutcome int

const (
	// DryRunUnknown: the operations answer no dry run.
	DryRunUnknown DryRunOutcome = iota
	// DryRunClean: nothing speaks against the call, and nothing was done.
	DryRunClean
	// DryRunProblems: something speaks against the call, and nothing was done.
	DryRunProblems
	// DryRunActed: the flag was not heeded. A create has bought, an update is under way, by these operations.
	DryRunActed
)

func (o DryRunOutcome) String() string {
	switch o {
	case DryRunClean:
		return "clean"
	case DryRunProblems:
		return "problems"
	case DryRunActed:
		return "acted"
	default:
		return "unknown"
	}
}

// DryRunOf tells what the operations mean that Submit returned for a dry run: either one without a number, of type
// TypeSiteDryRun, that is done and has the problems; or those of a call that acted, each with its number.
func DryRunOf(ops []Operation) (DryRunOutcome, []Problem) {
	switch {
	case len(ops) == 0:
		return DryRunUnknown, nil
	case len(ops) > 1 || ops[0].ID != 0:
		return DryRunActed, nil
	case ops[0].Type != TypeSiteDryRun:
		return DryRunUnknown, nil
	case len(ops[0].Problems) == 0:
		return DryRunClean, nil
	default:
		return DryRunProblems, ops[0].Problems
	}
}

// dryRun reads a list of problems or, from a server that did not heed the flag, operations. Only a list says that all is well:
// whatever can be read as neither may be a purchase.
func dryRun(v any) ([]Operation, error) {
	var list []any
	switch v := v.(type) {
	case []any:
		list = v
	case int64, map[string]any:
		list = []any{v}
	default:
		return nil, fmt.Errorf("the reply is %s where a list of problems is meant", kindOf(v))
	}
	var ops []Operation
	var problems []Problem
	for i, e := range list {
		m, isStruct := e.(map[string]any)
		if !isStruct || isOperation(m) {
			op, err := operation(e)
			if err != nil {
				return nil, fmt.Errorf("operation %d: %w", i, err)
			}
			ops = append(ops, op)
			continue
		}
		p, err := parsed(newRecord(m), parseProblem)
		if err != nil {
			return nil, fmt.Errorf("problem %d: %w", i, err)
		}
		problems = append(problems, p)
	}
	switch {
	case len(ops) > 0 && len(problems) > 0:
		return nil, errors.New("the reply has problems and operations")
	case len(ops) > 0:
		return ops, nil
	default:
		return []Operation{{Type: TypeSiteDryRun, Step: StepDone, Problems: problems}}, nil
	}
}

// isOperation tells an operation, which has a number, a type or a step, from a problem, which has none of them.
func isOperation(m map[string]any) bool {
	for _, key := range [...]string{"id", "type", "step"} {
		if _, ok := m[key]; ok {
			return true
		}
	}
	return false
}

// parseProblem needs a reason: a struct without one is something else.
func parseProblem(r *record) Problem {
	p := Problem{Field: r.str("field"), FieldType: r.str("field_type"), Reason: r.required("reason"), Error: r.str("error")}
	for _, v := range asList(r.fields["attr"]) {
		s, _ := toString(v)
		p.Attr = append(p.Attr, s)
	}
	return p
}
