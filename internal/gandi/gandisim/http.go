package gandisim

// wireState is what the wire half keeps of a world; guarded by World.mu.
type wireState struct {
	switches map[string]string // every switch of the table, resolved
}
