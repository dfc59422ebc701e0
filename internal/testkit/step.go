package testkit

import (
	"flag"
	"hash/crc32"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// Patience is longer than settle, deadlines and leases together.
const Patience = time.Hour

// Step runs f in a fresh world in virtual time, in which one manager lives. With
// -short, which is for runs with the race detector, a quarter of all steps is taken,
// always the same: they differ in what is decided, and hardly in what runs beside
// what.
func Step(t *testing.T, o Options, f func(t *testing.T, l *Lab)) {
	t.Helper()
	if testing.Short() && crc32.ChecksumIEEE([]byte(t.Name()))%4 != 0 {
		t.Skip("left out with -short")
	}
	synctest.Test(t, func(t *testing.T) {
		l := NewLab(t, o)
		l.Start()
		f(t, l)
	})
}

// Switches are options of a world whose simulator has these switches: name,
// position, name, position …
func Switches(pairs ...string) Options {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return Options{Sim: &gandisim.Options{Switches: m}}
}

// Long is for tests that take minutes with the race detector, and that race with
// nothing which shorter ones do not: with -short they are left out.
func Long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out with -short")
	}
}

// Main is the TestMain of a package with enumerations. Every case of them runs;
// with STRIDE=N in the environment each Nth does, and with -short, which is for runs
// with the race detector, each short-th.
func Main(m *testing.M, stride *int, short int) {
	flag.Parse()
	n, _ := strconv.Atoi(os.Getenv("STRIDE"))
	*stride = max(n, 1)
	if testing.Short() {
		*stride = short
	}
	os.Exit(m.Run())
}
