package account

import "sync"

// exclusives are the names that are taken.
type exclusives struct {
	mu    sync.Mutex
	taken map[string]struct{}
}

// Exclusive takes a name for the caller alone, among all objects of the account
// in this process; ok is false while somebody else has it. It does not wait.
// release gives the name back; more than once does no harm.
//
// It is for creates of what carries no mark, such as interfaces: were two of
// them of unknown outcome at once, nobody could tell whose a new one is.
func (c *Conversation) Exclusive(name string) (release func(), ok bool) {
	e := &c.exclusives
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, taken := e.taken[name]; taken {
		return func() {}, false
	}
	if e.taken == nil {
		e.taken = map[string]struct{}{}
	}
	e.taken[name] = struct{}{}
	return sync.OnceFunc(func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.taken, name)
	}), true
}
