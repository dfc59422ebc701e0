package disk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

func rolledBack(l lab) int { return l.Accepted(rollbackMethod) }

// answered waits until the request is answered and nothing is left to do.
func answered(l lab, at string) {
	l.Until("rolled back at "+at, patience, func() bool {
		return testkit.Ready[disk](l, "data")() && get(l, "data").Status.LastHandledRollbackAt == at
	})
}

// times fails the test unless the disk was rolled back so often, also resyncs later
// and by another process.
func times(t *testing.T, l lab, want int) {
	t.Helper()
	l.Pass(40 * time.Minute)
	l.Stop()
	l.Start()
	l.Pass(40 * time.Minute)
	if got := rolledBack(l); got != want {
		t.Errorf("rolled back %d times, want %d\n%s", got, want, l.Describe())
	}
}

// snapshots of "data" by number.
func byNumber(id int64, at string) opt {
	return func(d *disk) { d.Spec.Rollback = &v1alpha1.DiskRollback{SnapshotID: id, RequestedAt: at} }
}

func withVM(l lab) {
	l.Create(testkit.Disk("data"), testkit.VM("web", testkit.Attached("data")))
	l.Until("web is Ready", patience, l.Ready("web"))
	l.Create(testkit.Disk("snap", snapshotOf("data")))
	ready(l, "data", "snap")
	l.Until("attachment is told", patience, func() bool { return get(l, "data").Status.AttachedTo != nil })
}

func TestRollback(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(t *testing.T, l lab){
		"of a free disk, once": func(t *testing.T, l lab) {
			withSnapshot(l)
			edit(l, "data", rollback("now"))
			answered(l, "now")
			if get(l, "data").Status.DetachFor != "" {
				t.Error("VMs are still told to stay away")
			}
			edit(l, "data", testkit.Size("8Gi"))
			ready(l, "data")
			times(t, l, 1)
		},
		"and again with another value": func(t *testing.T, l lab) {
			withSnapshot(l)
			edit(l, "data", rollback("now"))
			answered(l, "now")
			edit(l, "data", rollback("later"))
			answered(l, "later")
			times(t, l, 2)
		},
		"not again when a value comes back": func(t *testing.T, l lab) {
			withSnapshot(l)
			for _, at := range []string{"first", "second", "first", "second"} {
				edit(l, "data", rollback(at))
				answered(l, at)
			}
			told(t, l, "data", v1alpha1.ReasonInSync)
			edit(l, "data", rollback("first"))
			answered(l, "first")
			told(t, l, "data", v1alpha1.ReasonInSync, "requested at first", "not repeated")
			edit(l, "data", func(d *disk) { d.Spec.Rollback = nil })
			ready(l, "data")
			edit(l, "data", rollback("second"))
			answered(l, "second")
			times(t, l, 2)
		},
		"by number, of a snapshot that a program made": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			id := get(l, "data").Status.ID
			ops := l.Somebody(gandi.DiskCreateFrom{Disk: gandi.DiskSpec{DatacenterID: 1, Name: "auto1", Type: "snapshot"}, Source: gandi.DiskID(id)})
			l.Until("seen", patience, func() bool { return len(get(l, "data").Status.Snapshots) == 1 })
			edit(l, "data", byNumber(int64(ops[0].DiskID), "now"))
			answered(l, "now")
			times(t, l, 1)
		},
		"with what looks like a word of ours": func(t *testing.T, l lab) {
			withSnapshot(l)
			edit(l, "data", rollback("none"))
			l.Until("rolled back", patience, func() bool { return rolledBack(l) == 1 && testkit.Ready[disk](l, "data")() })
			answered(l, "none")
			times(t, l, 1)
		},
		"asked for by two values one after the other": func(t *testing.T, l lab) {
			withSnapshot(l)
			edit(l, "data", rollback("now"))
			l.Until("under way", patience, func() bool { return rolledBack(l) == 1 })
			edit(l, "data", rollback("later"))
			answered(l, "later")
			times(t, l, 2)
		},
		"not when the disk is bought with it": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data", rollback("now")))
			answered(l, "now")
			l.Create(testkit.Disk("snap", snapshotOf("data")))
			ready(l, "snap")
			times(t, l, 0)
			edit(l, "data", rollback("later"))
			answered(l, "later")
			times(t, l, 1)
		},
		"not when the disk is adopted with it": func(t *testing.T, l lab) {
			id := foreign(l, "prepared")
			ops := l.Somebody(gandi.DiskCreateFrom{Disk: gandi.DiskSpec{DatacenterID: 1, Name: "auto1", Type: "snapshot"}, Source: gandi.DiskID(id)})
			l.Create(testkit.Disk("data", adopts(id), byNumber(int64(ops[0].DiskID), "now")))
			answered(l, "now")
			times(t, l, 0)
		},
		"not by an object that was restored": func(t *testing.T, l lab) {
			withSnapshot(l)
			edit(l, "data", rollback("now"))
			answered(l, "now")
			wipe(t, l, "data")
			answered(l, "now")
			before := get(l, "data")
			l.Stop()
			edit(l, "data", func(d *disk) { d.Finalizers = nil })
			remove(l, "data")
			restored := testkit.Disk("data", rollback("another, from a newer commit"))
			restored.UID, restored.Annotations = "restored", before.Annotations
			l.Create(restored)
			l.Start()
			answered(l, "another, from a newer commit")
			times(t, l, 1)
			if d := get(l, "data"); d.Status.ID != before.Status.ID {
				t.Errorf("took %d, want %d", d.Status.ID, before.Status.ID)
			}
		},
		"waits for somebody else's VM": func(t *testing.T, l lab) {
			withSnapshot(l)
			id, vm := get(l, "data").Status.ID, l.Foreign("theirs")
			panel(t, l, id, map[string]any{"attach": int(vm)})
			l.Until("attached", patience, func() bool { return get(l, "data").Status.AttachedTo != nil })
			edit(l, "data", rollback("now"))
			told(t, l, "data", v1alpha1.ReasonAttached, fmt.Sprintf("VM %d", vm), "detach the disk there")
			l.Steady("held", 2*time.Hour, func() bool { return l.Called(rollbackMethod) == 0 })
			panel(t, l, id, map[string]any{"detach": true})
			answered(l, "now")
			times(t, l, 1)
		},
		"is taken back while it waits": func(t *testing.T, l lab) {
			withSnapshot(l)
			panel(t, l, get(l, "data").Status.ID, map[string]any{"attach": int(l.Foreign("theirs"))})
			l.Until("attached", patience, func() bool { return get(l, "data").Status.AttachedTo != nil })
			edit(l, "data", rollback("now"))
			hasReason(l, "data", v1alpha1.ReasonAttached)
			if get(l, "data").Status.DetachFor != "rollback" {
				t.Error("the VM is not asked")
			}
			edit(l, "data", func(d *disk) { d.Spec.Rollback = nil })
			ready(l, "data")
			if st := get(l, "data").Status; st.DetachFor != "" || st.LastHandledRollbackAt != "" {
				t.Errorf("detachFor %q, last handled %q", st.DetachFor, st.LastHandledRollbackAt)
			}
			times(t, l, 0)
		},
		"is not waited for by a deletion": func(t *testing.T, l lab) {
			withSnapshot(l)
			id, vm := get(l, "data").Status.ID, l.Foreign("theirs")
			panel(t, l, id, map[string]any{"attach": int(vm)})
			l.Until("attached", patience, func() bool { return get(l, "data").Status.AttachedTo != nil })
			edit(l, "data", rollback("now"))
			hasReason(l, "data", v1alpha1.ReasonAttached)
			remove(l, "data")
			l.Until("no VM is asked", patience, func() bool { return get(l, "data").Status.DetachFor == "" })
			panel(t, l, id, map[string]any{"detach": true})
			gone(l, "data")
			if rolledBack(l) != 0 {
				t.Error("rolled back")
			}
		},
		"of a paused disk moves no VM": func(t *testing.T, l lab) {
			withVM(l)
			edit(l, "data", rollback("now"), paused)
			hasReason(l, "data", v1alpha1.ReasonPaused)
			l.Steady("attached", time.Hour, func() bool {
				return l.Called("hosting.vm.disk_detach") == 0 && get(l, "data").Status.DetachFor == ""
			})
			edit(l, "data", goOn)
			answered(l, "now")
			times(t, l, 1)
		},
		"is stopped half-way by a pause": func(t *testing.T, l lab) {
			withSnapshot(l)
			id, vm := get(l, "data").Status.ID, l.Foreign("theirs")
			panel(t, l, id, map[string]any{"attach": int(vm)})
			l.Until("attached", patience, func() bool { return get(l, "data").Status.AttachedTo != nil })
			edit(l, "data", rollback("now"))
			hasReason(l, "data", v1alpha1.ReasonAttached)
			edit(l, "data", paused)
			hasReason(l, "data", v1alpha1.ReasonPaused)
			if get(l, "data").Status.DetachFor != "rollback" {
				t.Error("a pause has the VM take the disk again")
			}
			panel(t, l, id, map[string]any{"detach": true})
			l.Pass(time.Hour)
			if l.Called(rollbackMethod) != 0 {
				t.Error("rolled back though paused")
			}
			edit(l, "data", goOn)
			answered(l, "now")
			times(t, l, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, run)
		})
	}
}

// The VM that has the disk gives it up for the rollback, and takes it again.
func TestRollbackOfAnAttachedDisk(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		withVM(l)
		n, began := len(l.World.Journal()), time.Now()
		edit(l, "data", rollback("now"))
		answered(l, "now")
		l.Until("attached again", patience, func() bool { return get(l, "data").Status.AttachedTo != nil && l.Ready("web")() })
		want := []string{"hosting.vm.disk_detach", rollbackMethod, "hosting.vm.disk_attach"}
		if diff := cmp.Diff(want, changes(l, n)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		// The operations take 6 s here; the VM shall not be without its disk for much longer.
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("it took %s", took)
		}
		times(t, l, 1)
	})
}

// The disk that a VM boots from comes off while the VM is halted.
func TestRollbackOfASystemDisk(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Disk("data", fromImage("Ubuntu 10.04"), unsized))
		l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) {
			vm.Spec.Image, vm.Spec.SystemDisk = nil, &v1alpha1.SystemDisk{DiskRef: &v1alpha1.LocalReference{Name: "data"}}
		}))
		l.Until("web is Ready", patience, l.Ready("web"))
		l.Create(testkit.Disk("snap", snapshotOf("data")))
		ready(l, "data", "snap")
		remove(l, "data")
		told(t, l, "data", v1alpha1.ReasonAttached, "spec.systemDisk", "delete that GandiVM")
	})
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Disk("data", fromImage("Ubuntu 10.04"), unsized))
		l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) {
			vm.Spec.Image, vm.Spec.SystemDisk = nil, &v1alpha1.SystemDisk{DiskRef: &v1alpha1.LocalReference{Name: "data"}}
		}))
		l.Until("web is Ready", patience, l.Ready("web"))
		l.Create(testkit.Disk("snap", snapshotOf("data")))
		ready(l, "data", "snap")
		n := len(l.World.Journal())
		edit(l, "data", rollback("now"))
		answered(l, "now")
		l.Until("running again", patience, func() bool {
			return l.Ready("web")() && l.VM("web").Status.State == "running" && get(l, "data").Status.AttachedTo != nil
		})
		want := []string{"hosting.vm.stop", "hosting.vm.disk_detach", rollbackMethod, "hosting.vm.disk_attach", "hosting.vm.start"}
		if diff := cmp.Diff(want, changes(l, n)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		times(t, l, 1)
	})
}

// Two processes that both believe to lead: the optimistic lock of the intent lets
// one of them through.
func TestRollbackByTwoManagers(t *testing.T) {
	t.Parallel()
	for n := 0; n < 6; n += min(stride, 3) {
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			withSnapshot(l)
			l.Start()
			l.World.Script(gandisim.Trouble{Method: rollbackMethod, Nth: 1, ReplyDelay: time.Duration(5*n+1) * time.Second})
			edit(l, "data", rollback("now"))
			settled(l, "data")
			l.Pass(2 * time.Hour)
			if got := rolledBack(l); got != 1 {
				t.Errorf("rolled back %d times", got)
			}
		})
	}
}

// A snapshot that does not fit is told with those that do, and no VM has to give
// the disk up for it.
func TestRollbackWithoutItsSnapshot(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		bad    func(l lab) opt
		reason string
		words  []string
	}{
		"not there":         {func(lab) opt { return byNumber(1, "now") }, v1alpha1.ReasonSnapshotNotFound, []string{"disk 1 is not on the account"}},
		"no such GandiDisk": {func(lab) opt { return func(d *disk) { rollback("now")(d); d.Spec.Rollback.SnapshotRef.Name = "none" } }, v1alpha1.ReasonSnapshotNotFound, []string{`"none"`}},
		"no snapshot":       {func(l lab) opt { return byNumber(get(l, "other").Status.ID, "now") }, v1alpha1.ReasonSnapshotNotFound, []string{"type data"}},
		"of another disk": {func(l lab) opt {
			l.Create(testkit.Disk("theirs", snapshotOf("other")))
			ready(l, "theirs")
			return byNumber(get(l, "theirs").Status.ID, "now")
		}, v1alpha1.ReasonSnapshotNotFound, []string{"is a snapshot of disk"}},
		"not taken yet": {func(l lab) opt {
			l.Create(testkit.Disk("later", snapshotOf("data"), paused))
			return func(d *disk) { rollback("now")(d); d.Spec.Rollback.SnapshotRef.Name = "later" }
		}, v1alpha1.ReasonReferenceNotReady, []string{`"later"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				withVM(l)
				l.Create(testkit.Disk("other"))
				ready(l, "other")
				edit(l, "data", row.bad(l))
				told(t, l, "data", row.reason, row.words...)
				if row.reason == v1alpha1.ReasonSnapshotNotFound && !strings.Contains(row.words[0], `"`) {
					told(t, l, "data", row.reason, fmt.Sprint(get(l, "snap").Status.ID))
				}
				l.Steady("left alone", time.Hour, func() bool {
					return l.Called("hosting.vm.disk_detach") == 0 && get(l, "data").Status.DetachFor == "" && l.Called(rollbackMethod) == 0
				})
				edit(l, "data", rollback("now"))
				answered(l, "now")
				times(t, l, 1)
			})
		})
	}
}

// A rollback that goes wrong is told and not repeated. The disk stays free until
// a person has decided.
func TestRollbackThatFails(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		trouble gandisim.Trouble
		reason  string
		words   []string
	}{
		"in ERROR":        {gandisim.Trouble{Method: rollbackMethod, Nth: 1, Operation: "ERROR"}, v1alpha1.ReasonOperationFailed, []string{"requested at now", "ERROR"}},
		"without a trace": {gandisim.Trouble{Method: rollbackMethod, Nth: 1, Cut: "before"}, v1alpha1.ReasonCallUnconfirmed, []string{"requested at now", "not known"}},
		"with a fault that nobody has seen": {gandisim.Trouble{Method: rollbackMethod, Nth: 1, Fault: &gandisim.Fault{Code: 500066, Text: "boom"}},
			v1alpha1.ReasonCallUnconfirmed, []string{"not known"}},
	} {
		for _, mend := range []string{"asked again", "taken back"} {
			t.Run(name+", then "+mend, func(t *testing.T) {
				t.Parallel()
				sampled(t)
				testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
					withVM(l)
					l.World.Script(row.trouble)
					edit(l, "data", rollback("now"))
					told(t, l, "data", row.reason, row.words...)
					if !stalled(l, "data") {
						t.Error("not stalled")
					}
					calls := l.Called(rollbackMethod)
					l.Steady("not repeated", time.Hour, func() bool { return l.Called(rollbackMethod) == calls })
					if st := get(l, "data").Status; st.DetachFor != "rollback" || st.AttachedTo != nil {
						t.Errorf("the VM has it again: %+v", st)
					}
					// What is asked for beside is done.
					edit(l, "data", testkit.Size("8Gi"))
					l.Until("grown", patience, func() bool { return get(l, "data").Status.Size.String() == "8Gi" })
					told(t, l, "data", row.reason, "requested at now")
					want := calls
					if mend == "asked again" {
						edit(l, "data", rollback("later"))
						answered(l, "later")
						want++
					} else {
						edit(l, "data", func(d *disk) { d.Spec.Rollback = nil })
						ready(l, "data")
					}
					l.Until("attached again", patience, func() bool { return get(l, "data").Status.AttachedTo != nil && l.Ready("web")() })
					l.Pass(time.Hour)
					if got := l.Called(rollbackMethod); got != want {
						t.Errorf("%d calls, want %d", got, want)
					}
				})
			})
		}
	}
}

// A call that is proven to have had no effect leaves the request open.
func TestRollbackThatWasNotTaken(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]gandisim.Trouble{
		"throttled": {Method: rollbackMethod, Nth: 1, Status: 429},
		"attached":  {Method: rollbackMethod, Nth: 1, Fault: &gandisim.Fault{Code: 530439, Text: "Error on object : OBJECT_DISK (CAUSE_ATTACHED) [attached]"}},
		"refused":   {Method: rollbackMethod, Nth: 1, Fault: &gandisim.Fault{Code: 530437, Text: "Error on object : OBJECT_DISK (CAUSE_BADPARAMETER) [no]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				withSnapshot(l)
				l.World.Script(trouble)
				edit(l, "data", rollback("now"))
				answered(l, "now")
				if n := l.Called(rollbackMethod); n != 2 {
					t.Errorf("%d calls", n)
				}
				times(t, l, 1)
			})
		})
	}
}

// The status is lost at any time around a rollback. It is never repeated.
func TestWipedAroundARollback(t *testing.T) {
	t.Parallel()
	for ms := 0; ms < 8000; ms += 400 * stride {
		for _, cut := range []string{"", "after"} {
			t.Run(fmt.Sprint(ms, cut), func(t *testing.T) {
				t.Parallel()
				testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
					withSnapshot(l)
					if cut != "" {
						l.World.Script(gandisim.Trouble{Method: rollbackMethod, Nth: 1, Cut: cut})
					}
					edit(l, "data", rollback("now"))
					l.Pass(time.Duration(ms) * time.Millisecond)
					wipe(t, l, "data")
					answered(l, "now")
					l.Pass(time.Hour)
					if n := rolledBack(l); n > 1 {
						t.Errorf("rolled back %d times", n)
					}
					if d := get(l, "data"); d.Status.DetachFor != "" {
						t.Error("VMs are told to stay away for ever")
					}
					if n := bought(l); n != 2 {
						t.Errorf("bought %d, want the disk and its snapshot", n)
					}
				})
			})
		}
	}
}

// Whatever the operation of a rollback is called, its end is seen, also when the
// reply was lost: it is looked for by the disk.
func TestRollbackWithALostReply(t *testing.T) {
	t.Parallel()
	for _, o := range []testkit.Options{{}, testkit.Switches("operation-ids", "shuffled"), testkit.Switches("list-lag", "everything"), testkit.Switches("op-reply", "array"), testkit.Switches("bill", "slow")} {
		for _, cut := range []string{"after", "truncate"} {
			name := cut
			if o.Sim != nil {
				name = fmt.Sprint(cut, o.Sim.Switches)
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				sampled(t)
				testkit.Step(t, o, func(t *testing.T, l lab) {
					withVM(l)
					l.World.Script(gandisim.Trouble{Method: rollbackMethod, Nth: 1, Cut: cut})
					edit(l, "data", rollback("now"))
					l.Until("known", patience, func() bool {
						d := get(l, "data")
						return d.Status.LastHandledRollbackAt == "now" && (testkit.Ready[disk](l, "data")() || stalled(l, "data"))
					})
					// With ids that do not grow, an operation cannot be told from an older
					// one: then it is told as not confirmed.
					shuffled := o.Sim != nil && o.Sim.Switches["operation-ids"] == "shuffled"
					if !testkit.Ready[disk](l, "data")() && !shuffled {
						t.Errorf("reason %s", reason(l, "data"))
					}
					times(t, l, 1)
				})
			})
		}
	}
}

// Many requests, each with a value as long as the schema takes, are remembered
// within what status holds.
func TestManyRollbacks(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		withSnapshot(l)
		d := get(l, "data")
		for i := range 31 {
			d.Status.Applied["rollbacks"] += fmt.Sprintf(" %010x", i)
		}
		if err := l.Store.Status().Update(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			at := fmt.Sprintf("request %d of many, with a long value %s", i, strings.Repeat("x", 80))
			edit(l, "data", rollback(at))
			answered(l, at)
		}
		st := get(l, "data").Status
		if n := len(strings.Fields(st.Applied["rollbacks"])); n != 32 {
			t.Errorf("%d requests are remembered", n)
		}
		edit(l, "data", rollback("request 0 of many, with a long value "+strings.Repeat("x", 80)))
		ready(l, "data")
		if n := rolledBack(l); n != 4 {
			t.Errorf("rolled back %d times", n)
		}
	})
}
