package gandi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// canned answers every call with one reply. It stands here for a server; real tests use the simulator.
type canned string

func (c canned) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(c)))}, nil
}

func newClient(reply canned) *gandi.Client {
	key, err := gandi.NewAPIKey("abcdefghijklmnopqrstuvwx\n")
	if err != nil {
		panic(err)
	}
	client, err := gandi.New(gandi.Options{Key: key, Transport: reply})
	if err != nil {
		panic(err)
	}
	return client
}

// A create answers with several operations; the VM is found by the type of its operation, never by its place.
func ExampleClient_Submit() {
	client := newClient(`<methodResponse><params><param><value><array><data>
		<value><struct><member><name>id</name><value><int>637366</int></value></member>
			<member><name>type</name><value><string>disk_create</string></value></member>
			<member><name>step</name><value><string>WAIT</string></value></member></struct></value>
		<value><struct><member><name>id</name><value><int>637368</int></value></member>
			<member><name>type</name><value><string>vm_create</string></value></member>
			<member><name>step</name><value><string>WAIT</string></value></member>
			<member><name>vm_id</name><value><int>250133</int></value></member></struct></value>
	</data></array></value></param></params></methodResponse>`)

	ops, err := client.Submit(context.Background(), gandi.VMCreateFrom{
		VM:     gandi.VMSpec{DatacenterID: 1, Hostname: "web", MemoryMB: 512, Cores: 1, IPVersion: 4, Password: gandi.NewSecret("hunter22", "uid/1/pw")},
		Disk:   gandi.DiskSpec{DatacenterID: 1, Name: "web"},
		Source: 51848,
	})
	switch gandi.ClassOf(err) {
	case gandi.OutcomeUnknown:
		fmt.Println("look for it before anything else")
		return
	case gandi.Refused, gandi.Denied, gandi.NotFound, gandi.Throttled, gandi.Busy, gandi.Retryable:
		if err != nil {
			fmt.Println("nothing was accepted:", err)
			return
		}
	}
	op, ok := gandi.PickOperation(ops, gandi.TypeVMCreate)
	fmt.Println(op.ID, op.VMID, op.Finished(), ok)
	// Output: 637368 250133 false true
}

// A fault keeps its code and its words through every wrap.
func ExampleClassOf() {
	client := newClient(`<methodResponse><fault><value><struct>
		<member><name>faultCode</name><value><int>530451</int></value></member>
		<member><name>faultString</name><value><string>Error on object : OBJECT_DISK (CAUSE_DATACENTER) [VM and Disk must be in the same datacenter]</string></value></member>
	</struct></value></fault></methodResponse>`)

	_, err := client.Submit(context.Background(), gandi.VMCreate{VM: gandi.VMSpec{DatacenterID: 1, SysDiskID: 7}})
	err = fmt.Errorf("creating VM web: %w", err)
	fmt.Println(gandi.ClassOf(err))
	if f, ok := errors.AsType[*gandi.Fault](err); ok {
		fmt.Println(f.Code, f.Object(), f.Cause())
	}
	fmt.Println(err)
	// Output:
	// Refused
	// 530451 304 51
	// creating VM web: hosting.vm.create: fault 530451: Error on object : OBJECT_DISK (CAUSE_DATACENTER) [VM and Disk must be in the same datacenter]
}

// A dry run either tells what speaks against a purchase, or has bought: by a server that does not heed the flag.
func ExampleDryRunOf() {
	client := newClient(`<methodResponse><params><param><value><array><data><value><struct>
		<member><name>field</name><value><string>vhosts</string></value></member>
		<member><name>attr</name><value><array><data><value><string>www.example.org</string></value>
			<value><string>vhost=2e5d8f0899053fffcd3ecf4ac5a6433b</string></value></data></array></value></member>
		<member><name>reason</name><value><string>You must put a TXT value in your zone</string></value></member>
	</struct></value></data></array></value></param></params></methodResponse>`)

	ops, err := client.Submit(context.Background(), gandi.SiteCreateDryRun{Site: gandi.SiteSpec{Name: "web", Vhosts: []string{"www.example.org"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	switch outcome, problems := gandi.DryRunOf(ops); outcome {
	case gandi.DryRunActed:
		fmt.Println("it was bought; the operations tell")
	case gandi.DryRunProblems:
		for _, p := range problems {
			if r, ok := p.Record(); ok {
				fmt.Println(r.Host, r.TTL, "IN", r.Type, r.Value)
			}
		}
	case gandi.DryRunClean, gandi.DryRunUnknown:
		fmt.Println("nothing speaks against it:", outcome == gandi.DryRunClean)
	}
	// Output: www.example.org 10800 IN TXT vhost=2e5d8f0899053fffcd3ecf4ac5a6433b
}
