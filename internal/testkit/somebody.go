package testkit

import (
	"context"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Somebody else, another program or a person, makes a call with the account's own
// key, and waits until it has taken effect. The operations are told as they ended.
func (l *Lab) Somebody(call gandi.Call) []gandi.Operation {
	l.t.Helper()
	client, err := gandi.New(gandi.Options{Endpoint: l.Account.Endpoint, Key: l.Account.APIKey, Transport: l.World.Transport()})
	if err != nil {
		l.t.Fatal(err)
	}
	ops, err := client.Submit(context.Background(), call)
	if err != nil {
		l.t.Fatal(err)
	}
	for i := range ops {
		for ops[i].ID != 0 && !ops[i].Finished() {
			l.Pass(time.Second)
			if ops[i], err = client.Operation(context.Background(), ops[i].ID); err != nil {
				l.t.Fatal(err)
			}
		}
	}
	return ops
}
