package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

func TestFlags(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for _, row := range []struct {
		name string
		args []string
		env  func(string) string
		want func(settings) bool
		says string // what the person reads; "" when accepted
	}{
		{name: "defaults", env: env(), want: func(s settings) bool {
			return s.leaderElect && s.concurrency == 10 && s.resync == 10*time.Minute && s.selector.Empty() && len(s.watchNamespaces) == 0
		}},
		{name: "the environment stands behind a flag", env: env("GANDI_OPERATOR_CONCURRENCY", "3", "POD_NAMESPACE", "here"), want: func(s settings) bool { return s.concurrency == 3 && s.namespace == "here" }},
		{name: "the command line wins", args: []string{"--concurrency=4"}, env: env("GANDI_OPERATOR_CONCURRENCY", "3"), want: func(s settings) bool { return s.concurrency == 4 }},
		{name: "namespaces", args: []string{"--watch-namespaces=a, b,"}, env: env(), want: func(s settings) bool { return strings.Join(s.watchNamespaces, "|") == "a|b" }},
		{name: "a selector", args: []string{"--selector=team=web"}, env: env(), want: func(s settings) bool { return s.selector.String() == "team=web" }},
		{name: "a bad selector", args: []string{"--selector=!!"}, env: env(), says: "--selector"},
		{name: "a bad level", args: []string{"--log-level=loud"}, env: env(), says: "none of debug, info, warn"},
		{name: "a bad format", args: []string{"--log-format=xml"}, env: env(), says: "write text or json"},
		{name: "too much at once", args: []string{"--concurrency=1000"}, env: env(), says: "between 1 and 100"},
		{name: "too short a resync", args: []string{"--default-resync=1s"}, env: env(), says: "between 10s and 24h"},
		{name: "a bad installation", args: []string{"--installation-id=PROD"}, env: env(), says: "four characters"},
		{name: "a bad environment", env: env("GANDI_OPERATOR_LEADER_ELECT", "perhaps"), says: "GANDI_OPERATOR_LEADER_ELECT"},
		{name: "an argument", args: []string{"start"}, env: env(), says: "everything is a flag"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := parse(row.args, row.env, io.Discard)
			switch {
			case row.says == "" && err != nil:
				t.Error(err)
			case row.says == "" && !row.want(s):
				t.Errorf("got %+v", s)
			case row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)):
				t.Errorf("got %v, want a sentence with %q", err, row.says)
			}
		})
	}
}
