package gandisim

import (
	"testing"
	"time"
)

// Two creates of one disk and one interface, both accepted, end with two VMs that have
// them once: what a client that sends a call twice meets must not be the end of the
// world.
func TestAThingIsOnOneVM(t *testing.T) {
	w := New(nil)
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.age(now)
	d := w.makeDisk(DefaultHandle, blueprint{datacenter: 3, name: "root", size: imageSize}, source{})
	i := w.makeIface(DefaultHandle, wish{datacenter: 3, version: 4, bandwidth: defaultBandwidth})
	first, second := w.makeVM(DefaultHandle, order{datacenter: 3, memory: 256, cores: 1}), w.makeVM(DefaultHandle, order{datacenter: 3, memory: 256, cores: 1})
	for _, v := range []*vm{first, second, second} {
		w.plug(v, d, 0)
		w.link(v, i)
	}
	if len(first.disks)+len(first.ifaces) != 0 || len(second.disks) != 1 || len(second.ifaces) != 1 {
		t.Errorf("disks %v and %v, interfaces %v and %v", first.disks, second.disks, first.ifaces, second.ifaces)
	}
	w.dropIface(i, now)
	w.snapshotState()
}
