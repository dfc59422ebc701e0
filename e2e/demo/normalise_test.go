package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNormalise(t *testing.T) {
	for _, r := range []struct {
		name      string
		one, same string
		want      string
	}{
		{
			name: "ages, ids and addresses, with the widths that they cause",
			one: "\n$ kubectl get gvm\n" +
				"NAME   READY   IPV4           OPERATION   AGE\n" +
				"myvm   True    95.142.160.7               9s\n" +
				"shop   True    95.142.160.8   vm_start    9s\n" +
				"\n# words\n" +
				"reboot VM 152967 (operation 637373), then VM 152967\n",
			same: "$ kubectl get gvm\n" +
				"NAME   READY   IPV4            OPERATION   AGE\n" +
				"myvm   True    95.142.160.14               1m10s\n" +
				"shop   True    95.142.160.7    vm_start    1m9s\n" +
				"\n# words\n" +
				"reboot VM 152979 (operation 637401), then VM 152979",
			want: "$ kubectl get gvm\n" +
				"NAME   READY   IPV4           OPERATION   AGE\n" +
				"myvm   True    95.142.160.1               1m\n" +
				"shop   True    95.142.160.2   vm_start    1m\n" +
				"\n# words\n" +
				"reboot VM 100001 (operation 100002), then VM 100001\n",
		},
		{
			name: "ports",
			one:  "$ curl http://127.0.0.1:41363/sim/change",
			same: "$ curl http://127.0.0.1:8069/sim/change",
			want: "$ curl http://127.0.0.1:8069/sim/change\n",
		},
		{
			name: "a table's last column may hold anything",
			one:  "TYPE     REASON   MESSAGE\nNormal   Started  VM 152967 runs for 9s\n$ next\n",
			same: "TYPE     REASON   MESSAGE\nNormal   Started  VM 152968 runs for 9s\n$ next\n",
			want: "TYPE     REASON    MESSAGE\nNormal   Started   VM 100001 runs for 9s\n$ next\n",
		},
	} {
		for _, text := range []string{r.one, r.same, r.want} {
			if diff := cmp.Diff(r.want, normalise(text)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", r.name, diff)
			}
		}
	}
}

// What tells something else must not be made the same.
func TestNormaliseKeepsWhatIsTold(t *testing.T) {
	for _, r := range [][2]string{
		{"VM 152967, then VM 152967", "VM 152967, then VM 152968"},
		{"from 2048 to 4096 MB", "from 2048 to 8192 MB"},
		{"NAME   READY\nshop   True", "NAME   READY\nshop   False"},
		{"NAME   IPV4        AGE\nshop   192.0.2.1   1s", "NAME   IPV4   AGE\nshop          1s"},
		{"CREDITS: 2335360", "CREDITS: 2335359"},
	} {
		if normalise(r[0]) == normalise(r[1]) {
			t.Errorf("%q and %q are made the same", r[0], r[1])
		}
	}
}

// A column's name may have a hyphen.
func TestAgesBesideAHyphen(t *testing.T) {
	table := func(age string) string {
		return "$ kubectl get gdisk\nNAME   READY   ATTACHED-TO   AGE\ndata   True    shop          " + age + "\n"
	}
	if a, b := normalise(table("9s")), normalise(table("1m12s")); a != b {
		t.Errorf("%s is not %s", a, b)
	}
}
