package account

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

func TestExclusiveNamesAreHadByOne(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		other, err := s.bind("other", "", s.settings(gandisim.OtherAPIKey))
		if err != nil {
			t.Fatal(err)
		}
		release, ok := c.Exclusive("GandiInterface")
		if !ok {
			t.Fatal("a name that nobody has is refused")
		}
		refused, ok := c.Exclusive("GandiInterface")
		if ok {
			t.Error("two have one name")
		}
		refused() // gives back nothing
		if _, ok := c.Exclusive("GandiInterface"); ok {
			t.Error("who was refused gave back what it never had")
		}
		if _, ok := c.Exclusive("GandiDisk"); !ok {
			t.Error("one name holds up another")
		}
		if _, ok := other.Exclusive("GandiInterface"); !ok {
			t.Error("one account holds up another")
		}
		release()
		_, ok = c.Exclusive("GandiInterface")
		if !ok {
			t.Error("a name that was given back is refused")
		}
		release()
		if _, ok := c.Exclusive("GandiInterface"); ok {
			t.Error("a second release took the name from whom it belongs to")
		}
	})
}

func TestExclusiveUnderPressure(t *testing.T) {
	c := &Conversation{}
	var had, inside atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 100 {
				release, ok := c.Exclusive("x")
				if !ok {
					continue
				}
				if inside.Add(1) != 1 {
					t.Error("two at once")
				}
				had.Add(1)
				inside.Add(-1)
				release()
			}
		})
	}
	wg.Wait()
	if had.Load() == 0 {
		t.Error("nobody ever had it")
	}
}
