package main

import "testing"

func TestChatter(t *testing.T) {
	const said = `gandiaccount.hosting.gandi.net/default condition met
I1122 07:38:04.881056   19000 reflector.go:664] "Warning: watch ended with error" err="context canceled"
W1122 07:38:04.881057   19000 reflector.go:664] and so on
Warning: what the API server has to say stays
gandivm.hosting.gandi.net/myvm condition met
`
	const want = `gandiaccount.hosting.gandi.net/default condition met
Warning: what the API server has to say stays
gandivm.hosting.gandi.net/myvm condition met
`
	if got := chatter.ReplaceAllString(said, ""); got != want {
		t.Errorf("kubectl's output becomes\n%s\nwant\n%s", got, want)
	}
}
