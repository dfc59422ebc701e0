package gandi

import (
	"fmt"
	"strings"
	"testing"
)

func TestRedactLine(t *testing.T) {
	key := mustKey(t)
	clean := newRedactor(key, []any{map[string]any{"password": NewSecret("p&ss<wörd>\"1", "r"), "n": []any{NewSecret("second secret", "r")}}})
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "no such zone (id: 0)", "no such zone (id: 0)"},
		{"the key", "bad key " + testKey + "!", "bad key REDACTED!"},
		{"in another case", "bad key " + strings.ToUpper(testKey), "bad key REDACTED"},
		{"twice", testKey + testKey, "REDACTEDREDACTED"},
		{"the password", `[p&ss<wörd>"1]`, "[REDACTED]"},
		{"escaped for XML", `[p&amp;ss&lt;wörd&gt;"1]`, "[REDACTED]"},
		{"escaped for HTML", `[p&amp;ss&lt;wörd&gt;&#34;1]`, "[REDACTED]"},
		{"escaped for a query", "[p%26ss%3Cw%C3%B6rd%3E%221]", "[REDACTED]"},
		{"quoted", `[p&ss<wörd>\"1]`, "[REDACTED]"},
		{"in a list", "second secret", "REDACTED"},
		{"half of the key", "key starts with CanaryKey01", "key starts with REDACTED"},
		{"the other half", "...456789abcde is bad", "...REDACTED is bad"},
		{"cut off at the end", "bad key Canar", "bad key REDACTED"},
		{"not cut off", "a Canary bird", "a Canary bird"},
		{"too little to tell", "bad key Can", "bad key Can"},
		{"many lines", "a\r\n\tb\x00c\u2028d", "a b c d"},
		{"long", strings.Repeat("é", 2000), strings.Repeat("é", maxFaultText) + "…"},
		{"the key across the bound", strings.Repeat("-", maxRedactable-5) + testKey, strings.Repeat("-", maxFaultText) + "…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := clean.line(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	short := newRedactor(key, []any{NewSecret("abc", "r")})
	if got := short.line("abc is too short"); got != "(text withheld)" {
		t.Errorf("with a secret too short to look for: %q", got)
	}
}

func TestRedactOperation(t *testing.T) {
	clean := newRedactor(mustKey(t), []any{NewSecret("vm_create", "r")})
	got := clean.operations([]Operation{{
		ID: 1, Type: TypeVMCreate, Step: StepError, LastError: "cannot set vm_create", Source: testKey,
		Params: map[string]any{"a": []any{"vm_create", int64(1)}, "b": map[string]any{"c": testKey}},
	}})[0]
	if got.Type != TypeVMCreate || got.Step != StepError {
		t.Errorf("a password equal to a type falsified it: %+v", got)
	}
	if out := printed(t, got.Params) + got.LastError + got.Source; strings.Contains(out, "vm_create") || strings.Contains(out, testKey) {
		t.Errorf("secrets left in %s", out)
	}
}

func TestWithoutSecrets(t *testing.T) {
	got := withoutSecrets(map[string]any{
		"Password": "x", "root_passwd": "x", "api_key": "x", "vm_id": int64(1), "ssh_key": "public", "password_hint": nil,
		"nested": []any{map[string]any{"token": "x"}},
	})
	if out := printed(t, got); strings.Contains(out, ":x") || strings.Contains(out, `"x"`) {
		t.Errorf("left: %s", out)
	}
	if got["vm_id"] != int64(1) || got["ssh_key"] != "public" || got["password_hint"] != nil {
		t.Errorf("too much is gone: %v", got)
	}
	if withoutSecrets(nil) != nil {
		t.Error("nil became something")
	}
}

func TestRecentSecrets(t *testing.T) {
	var r recentSecrets
	for i := range 100 {
		r.add([]Secret{NewSecret(fmt.Sprintf("password %02d", i), "r"), NewSecret("the same", "r")})
	}
	params := r.params()
	if len(params) != maxRecent || params[0] != any(NewSecret("password 69", "r")) && params[0] != any(NewSecret("password 68", "r")) {
		t.Errorf("%d kept", len(params))
	}
}
