package gandi

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNewAPIKey(t *testing.T) {
	for _, tt := range []struct {
		name, key string
		ok        bool
	}{
		{"lower case", "abcdefghijklmnopqrstuvwx", true},
		{"upper case and digits", "ABCDEFGHIJKLMNOPQRST0123", true},
		{"the newline of a file", "abcdefghijklmnopqrstuvwx\n", true},
		{"white space around", " \tabcdefghijklmnopqrstuvwx\r\n", true},
		{"empty", "", false},
		{"one short", "abcdefghijklmnopqrstuvw", false},
		{"one long", "abcdefghijklmnopqrstuvwxy", false},
		{"a space inside", "abcdefghijkl nopqrstuvwx", false},
		{"letters of other scripts", "abcdefghijklmnopqrstuvé", false},
		{"a hyphen", "abcdefghijk-mnopqrstuvwx", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key, err := NewAPIKey(tt.key)
			if (err == nil) != tt.ok {
				t.Fatalf("ok = %v, want %v (%v)", err == nil, tt.ok, err)
			}
			if err != nil && tt.key != "" && strings.Contains(err.Error(), tt.key) {
				t.Errorf("the key shows in %q", err)
			}
			if tt.ok && key.sealed.open() != strings.TrimSpace(tt.key) {
				t.Error("another key came out")
			}
			if key.IsZero() == tt.ok {
				t.Errorf("IsZero() = %v", key.IsZero())
			}
		})
	}
}

// printed is v in every way that somebody may come to print it.
func printed(t testing.TB, v any) string {
	t.Helper()
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%30v", "%-30.4s"} {
		fmt.Fprintf(&b, verb+"\n", v)
	}
	fmt.Fprintln(&b, v)
	fmt.Fprintf(&b, "%v\n", []any{v, map[string]any{"k": v}, struct{ A any }{v}})
	if j, err := json.Marshal(v); err == nil {
		b.Write(j)
	}
	if j, err := json.Marshal(map[string]any{"k": v}); err == nil {
		b.Write(j)
	}
	if x, err := xml.Marshal(v); err == nil {
		b.Write(x)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(h).Info("m", "v", v, slog.Group("g", "v", v))
	}
	if m, ok := v.(interface{ MarshalLog() any }); ok {
		fmt.Fprintln(&b, m.MarshalLog())
	}
	return b.String()
}

func TestSecretsDoNotPrint(t *testing.T) {
	const password = "canary-Password&<1>"
	key, secret := mustKey(t), NewSecret(password, "uid/7/password")
	// Unexported fields are where methods do not reach: fmt and go-cmp read them by reflection.
	type hidden struct {
		key    APIKey
		secret Secret
		call   Call
	}
	client, err := New(Options{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	call := VMUpdate{ID: 1, Password: secret}
	for name, v := range map[string]any{
		"key": key, "key pointer": &key, "secret": secret, "secret pointer": &secret,
		"options": Options{Key: key}, "client": client,
		"call": call, "params": call.Params(), "create": VMCreateFrom{VM: VMSpec{Password: secret}},
		"hidden": hidden{key, secret, call}, "hidden pointer": &hidden{key, secret, call},
		"redactor": newRedactor(key, call.Params()),
		"list":     []Secret{secret}, "map": map[APIKey]Secret{key: secret},
		"diff": cmp.Diff(VMSpec{Password: secret}, VMSpec{Password: NewSecret("other", "uid/8/password")}),
	} {
		out := printed(t, v)
		for _, leak := range append(forms(password), forms(testKey)...) {
			if strings.Contains(strings.ToLower(out), strings.ToLower(leak)) {
				t.Errorf("%s prints %q:\n%s", name, leak, out)
			}
		}
	}
	for _, v := range []any{key, secret} {
		if got := fmt.Sprintf("%v %+v %#v %s %q %d", v, v, v, v, v, v); got != strings.TrimSpace(strings.Repeat("REDACTED ", 6)) {
			t.Errorf("%T prints %q", v, got)
		}
		if j, err := json.Marshal(v); err != nil || string(j) != `"REDACTED"` {
			t.Errorf("%T marshals to %s, %v", v, j, err)
		}
	}
}

func TestSecretEqual(t *testing.T) {
	a := NewSecret("value", "u/1/k")
	if !a.Equal(NewSecret("value", "u/1/k")) || a.Equal(NewSecret("value", "u/2/k")) || a.Equal(NewSecret("other", "u/1/k")) {
		t.Error("Equal compares neither value nor place")
	}
	if a.IsZero() || !NewSecret("", "u/1/k").IsZero() || a.Ref() != "u/1/k" {
		t.Error("IsZero or Ref is wrong")
	}
}
