package gandi

import (
	"errors"
	"fmt"
)

// SSHKeyCreate stores a public key at Gandi. It takes effect at once, and Gandi answers the key instead of an operation: Submit
// makes of it one operation without a number, of type TypeSSHKeyCreate, that is done and names the key.
type SSHKeyCreate struct {
	Name  string // not unique; "" has Gandi make one up
	Value string // one public key, as in authorized_keys
}

func (c SSHKeyCreate) Method() string { return "hosting.ssh.create" }

// Repeat is Paid though keys are free: names are not unique, so a second sending would store a second key.
func (c SSHKeyCreate) Repeat() Repeat { return Paid }

func (c SSHKeyCreate) Params() []any {
	s := spec{}
	s.str("name", c.Name)
	s.str("value", c.Value)
	return []any{map[string]any(s)}
}

// operations takes the key's number and nothing else, for nothing else of the reply may cost it.
func (c SSHKeyCreate) operations(v any) ([]Operation, error) {
	m, ok := asStruct(v)
	if !ok {
		return nil, fmt.Errorf("the reply is %s where a key's struct is meant", kindOf(v))
	}
	r := newRecord(m)
	if r.has("step") {
		return nil, errors.New("the reply is an operation where a key is meant")
	}
	id := SSHKeyID(r.id())
	if *r.problem != nil {
		return nil, *r.problem
	}
	return []Operation{{Type: TypeSSHKeyCreate, Step: StepDone, SSHKeyID: id}}, nil
}

// SSHKeyDelete removes a public key from Gandi. It takes effect at once; VMs that were made with the key keep it.
type SSHKeyDelete struct{ ID SSHKeyID }

func (c SSHKeyDelete) Method() string { return "hosting.ssh.delete" }
func (c SSHKeyDelete) Params() []any  { return []any{int(c.ID)} }
func (c SSHKeyDelete) Repeat() Repeat { return Repeatable }
