package gandisim

import (
	"crypto/md5" //nolint:gosec // fingerprints of that time are MD5
	"encoding/base64"
	"fmt"
	"strings"
)

// An sshKey is a public key that VMs can be made with. Its methods are synchronous.
type sshKey struct {
	id                       int
	handle                   string
	name, fingerprint, value string
}

func sshKeys() filterKeys {
	return filterKeys{"id": "int", "name": "string", "fingerprint": "string"}
}

// sshRow shows no value: only info has it.
func (w *World) sshRow(k *sshKey) row {
	s := Struct{"id": k.id, "name": k.name, "fingerprint": k.fingerprint}
	return row{id: k.id, handle: k.handle, show: s, match: s}
}

func (w *World) sshFull(k *sshKey) Struct {
	return Struct{"id": k.id, "name": k.name, "fingerprint": k.fingerprint, "value": k.value}
}

func (w *World) keyOf(c *call, id int) (*sshKey, *Fault) {
	k, ok := w.keys[id]
	if !ok {
		return nil, missing(objSSHKey, id)
	}
	return k, w.mayTouch(c, objSSHKey, id, k.handle)
}

func sshList(w *World, c *call) (any, *Fault) { return w.listing(c, "ssh", sshKeys(), c.args[0]) }

func sshCount(w *World, c *call) (any, *Fault) { return w.counting(c, "ssh", sshKeys(), c.args[0]) }

func sshInfo(w *World, c *call) (any, *Fault) {
	k, fault := w.keyOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	return w.sshFull(k), nil
}

// sshCreate takes names that exist already: they are not unique.
func sshCreate(w *World, c *call) (func() any, *Fault) {
	f := w.read(objSSHKey, c.args[0])
	value, hasValue := f.text("value")
	name, hasName := f.text("name")
	value = strings.TrimSpace(value)
	if fault := firstFault(
		f.end(),
		unless(hasValue, lacking(objSSHKey, "value")),
		checkSSHKey(value),
		unless(!hasName || name != "", refuse(objSSHKey, causeBadParameter, "name must not be empty")),
	); fault != nil {
		return nil, fault
	}
	return func() any {
		k := &sshKey{id: w.nextID("ssh"), handle: c.handle, name: name, value: value, fingerprint: fingerprint(value)}
		if k.name == "" {
			k.name = fmt.Sprintf("key%d", k.id)
		}
		w.keys[k.id] = k
		c.touched = append(c.touched, k.id)
		return w.sshFull(k)
	}, nil
}

// fingerprint is that of the key's blob, or of its text where the blob cannot be read.
func fingerprint(value string) string {
	blob := []byte(value)
	if words := strings.Fields(value); len(words) > 1 {
		if b, err := base64.StdEncoding.DecodeString(words[1]); err == nil {
			blob = b
		}
	}
	sum := md5.Sum(blob) //nolint:gosec // see the import
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02x", b)
	}
	return strings.Join(parts, ":")
}

func sshDelete(w *World, c *call) (func() any, *Fault) {
	k, fault := w.keyOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	return func() any {
		delete(w.keys, k.id)
		c.touched = append(c.touched, k.id)
		return true
	}, nil
}
