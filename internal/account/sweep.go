package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// runSweeps reads everything once per resync, and sooner when that is wanted.
func (r *reader) runSweeps(ctx context.Context) {
	failures := 0       // in a row
	spoiled := 0        // of them, by requests of their own and not by the breaker
	last := time.Time{} // end of the last whole sweep
	wait := time.Duration(0)
	accountTold := time.Time{}
	for {
		timer := time.NewTimer(wait)
		forced := false
		select {
		case <-ctx.Done():
		case <-timer.C:
			forced = true
		case <-r.retuned:
		case <-r.due:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
		// A list that fails whenever it is asked for must not have everything read
		// each time that the breaker has found that the rest works.
		b, wanted := r.takeSweep(failures > 0 && spoiled < tripAfter)
		switch {
		case forced:
		case wanted:
			// Those who come in the meantime need no sweep of their own.
			if !r.pace.wait(ctx) {
				return
			}
			more, _ := r.takeSweep(false)
			b.join(more)
		default:
			wait = r.untilSweep(last, failures)
			continue
		}
		read, err := r.sweep(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			failures++
			if !isNotNow(err) {
				spoiled++
			}
			r.c.registry.options.Log.V(1).Info("sweep went wrong", "handle", r.c.key.Handle, "reason", err.Error())
		} else {
			failures, spoiled, last = 0, 0, time.Now()
			r.c.watchMarks()
			if time.Since(accountTold) >= r.c.Resync()*8/10 {
				accountTold = time.Now()
				r.c.wakeAccounts()
			}
		}
		r.complete(ctx, b, err)
		if slices.Contains(read, WantSite) {
			signal(r.listed)
		}
		wait = r.untilSweep(last, failures)
	}
}

// takeSweep takes what waits for a sweep. wanted is false when nobody does and
// nothing is to be tried again.
func (r *reader) takeSweep(failed bool) (b batch, wanted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, r.sweeps = r.sweeps, batch{}
	wanted = len(b.owners) > 0 || (r.again && failed)
	r.again = false
	return b, wanted
}

func (r *reader) untilSweep(last time.Time, failures int) time.Duration {
	if failures == 0 {
		return max(0, time.Until(last.Add(jitter(r.c.Resync(), 10))))
	}
	d := retrySweep
	for range failures - 1 {
		d = min(2*d, retrySweepMax)
	}
	return jitter(min(d, r.c.Resync()), 10)
}

// sweep reads everything. Whatever list came back whole counts, even when a
// later one goes wrong. read are the optional kinds of which it did.
func (r *reader) sweep(ctx context.Context) (read []WantKind, err error) {
	began := time.Now()
	defer func() {
		r.c.registry.options.Metrics.Sweep(err == nil, time.Since(began))
	}()
	conn, err := r.c.connection()
	if err != nil {
		return nil, err
	}
	i := r.c.inventory
	r.pace.spend(i.pages()) // also when it goes wrong
	begun := r.begin()
	kinds := i.included() // after begin: who included a kind before may rely on it
	if err := r.sweepMachines(ctx, conn, begun); err != nil {
		return nil, err
	}
	asked := r.c.tracker.Asked()
	ops, err := unhurried(ctx, func(ctx context.Context, _ struct{}) ([]gandi.Operation, error) { return conn.sweep.Unfinished(ctx) }, struct{}{})
	if err != nil {
		return nil, fmt.Errorf("listing the unfinished operations: %w", err)
	}
	r.c.tracker.LearnUnfinished(asked, ops)
	read, err = r.sweepKinds(ctx, conn, kinds)
	i.swept(begun, read...)
	return read, err
}

// sweepKinds reads the lists of optional kinds and returns those that it could
// read. Who needs none of the others is not held up by them, so they are read
// last the next time: failing, one may have the breaker stop those behind it.
func (r *reader) sweepKinds(ctx context.Context, conn *Connection, kinds []WantKind) (read []WantKind, err error) {
	slices.SortStableFunc(kinds, func(a, b WantKind) int { return r.broken[a] - r.broken[b] })
	for _, kind := range kinds {
		e := r.sweepKind(ctx, conn, kind)
		switch {
		case e == nil:
			r.broken[kind] = 0
			read = append(read, kind)
		case !isNotNow(e): // which says nothing of this list
			r.broken[kind]++
		}
		err = cmp.Or(err, e)
	}
	return read, err
}

func isNotNow(err error) bool {
	_, ok := errors.AsType[*NotNow](err)
	return ok
}

// sweepMachines reads what every sweep reads.
func (r *reader) sweepMachines(ctx context.Context, conn *Connection, begun Seq) error {
	i := r.c.inventory
	vms, err := unhurried(ctx, conn.sweep.VMs, gandi.VMFilter{})
	if err != nil {
		return fmt.Errorf("listing all VMs: %w", err)
	}
	i.allVMs(vms, begun)
	mark := r.begin()
	disks, err := unhurried(ctx, conn.sweep.Disks, gandi.DiskFilter{})
	if err != nil {
		return fmt.Errorf("listing all disks: %w", err)
	}
	i.allDisks(disks, mark)
	mark = r.begin()
	ifaces, err := unhurried(ctx, conn.sweep.Ifaces, gandi.IfaceFilter{})
	if err != nil {
		return fmt.Errorf("listing all interfaces: %w", err)
	}
	i.allIfaces(ifaces, mark)
	mark = r.begin()
	ips, err := unhurried(ctx, conn.sweep.IPs, gandi.IPFilter{})
	if err != nil {
		return fmt.Errorf("listing all addresses: %w", err)
	}
	i.allIPs(ips, mark)
	return nil
}

// unhurriedTries bounds how often a list is asked for in one sweep that Gandi refuses
// for its rate.
const unhurriedTries = 4

// unhurried reads a list, and again when Gandi refuses it for its rate: the limiter
// holds the next try back, and has slowed down. A sweep that gave up would be refused
// at the same list the next time, and what that list tells would never be known.
func unhurried[T, F any](ctx context.Context, read func(context.Context, F) ([]T, error), filter F) (all []T, err error) {
	for range unhurriedTries {
		if all, err = read(ctx, filter); gandi.ClassOf(err) != gandi.Throttled || isNotNow(err) {
			break
		}
	}
	return all, err
}

// sweepKind reads the list of an optional kind.
func (r *reader) sweepKind(ctx context.Context, conn *Connection, kind WantKind) error {
	mark := r.begin()
	switch kind {
	case WantVLAN:
		vlans, err := unhurried(ctx, conn.sweep.VLANs, gandi.VLANFilter{})
		if err != nil {
			return fmt.Errorf("listing all VLANs: %w", err)
		}
		r.c.inventory.allVLANs(vlans, mark)
	case WantSSHKey:
		keys, err := unhurried(ctx, conn.sweep.SSHKeys, gandi.SSHKeyFilter{})
		if err != nil {
			return fmt.Errorf("listing all SSH keys: %w", err)
		}
		r.c.inventory.allSSHKeys(keys, mark)
	case WantSite:
		sites, err := unhurried(ctx, conn.sweep.Sites, gandi.SiteFilter{})
		if err != nil {
			return fmt.Errorf("listing all sites: %w", err)
		}
		r.c.inventory.allSites(sites, mark)
	default: // in every sweep
	}
	return nil
}
