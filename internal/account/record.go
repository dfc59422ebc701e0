package account

import "time"

// Seen is how Gandi last told of a thing.
type Seen int

const (
	// Unknown: nobody has looked yet.
	Unknown Seen = iota
	// Listed: a list had it.
	Listed
	// Informed: info, or the info of the VM that it belongs to, told of it.
	Informed
	// Unlisted: a whole list did not have it. That proves nothing: things move
	// between pages while a list is read.
	Unlisted
	// NotFound: info said that there is no such thing, or its state is deleted.
	NotFound
)

func (s Seen) String() string {
	switch s {
	case Unknown:
		return "Unknown"
	case Listed:
		return "Listed"
	case Informed:
		return "Informed"
	case Unlisted:
		return "Unlisted"
	case NotFound:
		return "NotFound"
	default:
		return "Seen(?)"
	}
}

// Present tells whether the thing was there when it was last looked for.
func (s Seen) Present() bool { return s == Listed || s == Informed }

// Record is what Gandi told of one thing. Slices and maps in Value are shared
// and must not be changed.
type Record[T any] struct {
	// Value as last told; kept when the thing is Unlisted or NotFound later.
	Value T
	Seen  Seen
	// Begun is when the reading began: what happened with a smaller number had
	// happened before.
	Begun Seq
	// At is when the reading ended.
	At time.Time
}

// table holds the records of one kind of thing.
type table[I ~int, T any] struct {
	id func(T) I
	// gone tells that the thing is deleted although Gandi still shows it.
	gone func(T) bool
	// merge completes what a reading told, now, by what was told before.
	merge func(was, now T, seen Seen) T
	// confirms tells that a list, which tells less than info did, contradicts none
	// of it. nil where a list tells all that matters: there it is news each time.
	confirms func(was, listed T) bool
	// same tells whether nothing changed that matters to anybody.
	same func(a, b T) bool
	// link and unlink keep the indexes of things that are present.
	link, unlink func(T)

	records map[I]*Record[T]
	// listed is when the last whole list began; 0 before the first.
	listed   Seq
	listedAt time.Time
}

// get returns the record of id. What a whole list would have shown and did not
// is Unlisted, also when nobody ever heard of it.
func (t *table[I, T]) get(id I) Record[T] {
	if r := t.records[id]; r != nil {
		return *r
	}
	if t.listed > 0 && id > 0 {
		return Record[T]{Seen: Unlisted, Begun: t.listed, At: t.listedAt}
	}
	return Record[T]{}
}

// put takes what a reading told, unless a younger one told otherwise already.
// changed tells whether an owner has to know; was is what it was before.
func (t *table[I, T]) put(v T, seen Seen, begun Seq, at time.Time) (was T, changed bool) {
	id := t.id(v)
	r := t.records[id]
	if r == nil {
		r = &Record[T]{}
		t.records[id] = r
	}
	if r.Begun > begun {
		return r.Value, false
	}
	before := *r
	if before.Seen != Unknown {
		v = t.merge(before.Value, v, seen)
	}
	if t.gone(v) {
		seen = NotFound
	}
	if before.Seen.Present() {
		t.unlink(before.Value)
	}
	if seen.Present() {
		t.link(v)
	}
	*r = Record[T]{Value: v, Seen: seen, Begun: begun, At: at}
	doubted := t.confirms != nil && before.Seen == Informed && seen == Listed // somebody has to ask
	return before.Value, doubted || before.Seen.Present() != seen.Present() || !t.same(before.Value, v)
}

// miss takes note that a reading of one thing, or a whole list, did not have it.
func (t *table[I, T]) miss(id I, seen Seen, begun Seq, at time.Time) (was T, changed bool) {
	r := t.records[id]
	if r == nil {
		r = &Record[T]{}
		t.records[id] = r
	}
	if r.Begun > begun {
		return r.Value, false
	}
	changed = r.Seen != seen
	if r.Seen.Present() {
		t.unlink(r.Value)
	}
	r.Seen, r.Begun, r.At = seen, begun, at
	return r.Value, changed
}

// confirmed tells whether what info told stands after a list has told v.
func (t *table[I, T]) confirmed(v T) bool {
	r := t.records[t.id(v)]
	return t.confirms != nil && r != nil && r.Seen == Informed && t.confirms(r.Value, v)
}

// whole takes a list of everything. dead returns the things that it lacks and
// that were present, after they have become Unlisted. Records of things that
// are not present and that nobody keeps are dropped.
func (t *table[I, T]) whole(list []T, begun Seq, at time.Time, keep func(I) bool) (changed []T) {
	here := make(map[I]struct{}, len(list))
	for _, v := range list {
		here[t.id(v)] = struct{}{}
		if t.confirmed(v) {
			continue
		}
		if was, c := t.put(v, Listed, begun, at); c {
			changed = append(changed, v)
			if t.id(was) != 0 {
				changed = append(changed, was)
			}
		}
	}
	for id, r := range t.records {
		if _, ok := here[id]; ok || r.Begun > begun {
			continue
		}
		switch {
		case r.Seen.Present():
			was, _ := t.miss(id, Unlisted, begun, at)
			changed = append(changed, was)
		case !keep(id):
			delete(t.records, id)
		case r.Seen == Unlisted:
			r.Begun, r.At = begun, at
		}
	}
	if begun > t.listed {
		t.listed, t.listedAt = begun, at
	}
	return changed
}
