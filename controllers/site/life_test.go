package site_test

import (
	"testing"

	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

func TestLife(t *testing.T) {
	t.Parallel()
	step(t, func(t *testing.T, l lab) {
		l.Create(testkit.Site("shop", called("My shop"), packaged("personal"), lasting("3m")))
		ready(l, "shop")
		t.Log(l.Describe())
		t.Log(sent(l))
		testkit.Edit(l, "shop", called("Our shop"), packaged("professional"))
		l.Until("upgraded", patience, func() bool {
			return testkit.Ready[site](l, "shop")() && get(l, "shop").Status.Package == "professional"
		})
		t.Logf("%+v", get(l, "shop").Status)
		gone(l, "shop")
		t.Log(sent(l), bought(l), l.Events())
	})
}
