package gandi

import (
	"context"
	"time"
)

// Steps of an operation. The set is open: an unknown step counts as still running.
const (
	StepBill    = "BILL" // not yet paid for
	StepWait    = "WAIT"
	StepRun     = "RUN"
	StepDone    = "DONE"
	StepError   = "ERROR"
	StepCancel  = "CANCEL"
	StepSupport = "SUPPORT" // stuck: Gandi's support has to look at it
)

// Types of operations.
const (
	TypeVMCreate    = "vm_create"
	TypeVMUpdate    = "vm_update"
	TypeVMDelete    = "vm_delete"
	TypeVMStart     = "vm_start"
	TypeVMStop      = "vm_stop"
	TypeVMReboot    = "vm_reboot"
	TypeDiskCreate  = "disk_create"
	TypeDiskUpdate  = "disk_update"
	TypeDiskDelete  = "disk_delete"
	TypeDiskAttach  = "disk_attach"
	TypeDiskDetach  = "disk_detach"
	TypeIfaceCreate = "iface_create"
	TypeIfaceUpdate = "iface_update"
	TypeIfaceDelete = "iface_delete"
	TypeIfaceAttach = "iface_attach"
	TypeIfaceDetach = "iface_detach"
	TypeIPUpdate    = "ip_update"
	TypeVLANCreate  = "vlan_create"
	TypeVLANUpdate  = "vlan_update"
	TypeVLANDelete  = "vlan_delete"
	TypeVMMigrate   = "hosting_migration_vm"
	TypeDiskMigrate = "hosting_migration_disk"
	// TypeDiskRollback is a guess: the name of a rollback is published nowhere, see OperationTypes.
	TypeDiskRollback = "disk_rollback"
	// TypeSSHKeyCreate is ours: Gandi stores a key at once, without an operation.
	TypeSSHKeyCreate = "ssh_create"

	TypeSiteCreate    = "sitebuilder_create"
	TypeSiteUpdate    = "sitebuilder_update" // after the pattern of the others: it is published nowhere
	TypeSiteDelete    = "sitebuilder_delete"
	TypeSiteZoneAlter = "sitebuilder_zone_alter"
	// TypeSiteDryRun is ours: a dry run starts nothing. See DryRunOf.
	TypeSiteDryRun = "site_dry_run"
)

// Operation is a job at Gandi. Numbers of things that it does not concern are 0.
type Operation struct {
	ID   OperationID // 0 for one that Submit made of an answer that names none, which is done
	Type string
	Step string
	// The numbers beside it, or else those among its parameters: editions differ in where a create tells what it makes.
	VMID     VMID
	DiskID   DiskID
	IfaceID  IfaceID
	IPID     IPID
	VLANID   VLANID   // captures have it among the parameters alone
	SSHKeyID SSHKeyID // of TypeSSHKeyCreate alone
	SiteID   SiteID
	ETA      int // seconds still to go by Gandi's guess; may be negative
	// LastError and ErrorType say what went wrong, in Gandi's words.
	LastError string
	ErrorType string
	Source    string // handle of the account that asked for it
	// Dates have no zone on the wire and are read as UTC, which is a guess: compare them with each other, not with a clock.
	DateCreated time.Time
	DateUpdated time.Time
	DateStart   time.Time // zero until it has started
	// Params are the arguments and notes that Gandi keeps, with whatever looks like a secret cut out.
	Params map[string]any
	// Problems are what a dry run found; of TypeSiteDryRun alone.
	Problems []Problem
}

// Finished tells whether the operation has come to its end, a good one (StepDone) or a bad one.
func (o Operation) Finished() bool {
	switch o.Step {
	case StepDone, StepError, StepCancel, StepSupport:
		return true
	default:
		return false
	}
}

// PickOperation finds the operation of type typ. The order in a reply means nothing: with an interface of one's own a
// create has one operation less.
func PickOperation(ops []Operation, typ string) (Operation, bool) {
	for _, o := range ops {
		if o.Type == typ {
			return o, true
		}
	}
	return Operation{}, false
}

// OperationFilter narrows a list of operations; zero values ask for nothing.
type OperationFilter struct {
	IDs []OperationID
	// Types empty but not nil, as OperationTypes gives for some methods, fits nothing, and nothing is asked.
	Types   []string
	Steps   []string
	VMID    VMID
	DiskID  DiskID
	IfaceID IfaceID
	SiteID  SiteID
	// CreatedAfter is compared by Gandi's clock in a zone nobody published: give it a day's margin, and look at ids where
	// the order matters.
	CreatedAfter time.Time
	// SortBy is "field ASC" or "field DESC".
	SortBy string
	// Limit above 0 reads one page of at most that many, 500 being the most that Gandi gives.
	Limit int
}

// fitsNothing tells a filter by no type at all from one that does not filter by type: sent, the two would be the same.
func (f OperationFilter) fitsNothing() bool { return f.Types != nil && len(f.Types) == 0 }

func (f OperationFilter) opts() map[string]any {
	s := spec{}
	anyOf(s, "id", f.IDs)
	oneOf(s, "type", f.Types)
	oneOf(s, "step", f.Steps)
	s.num("vm_id", int(f.VMID))
	s.num("disk_id", int(f.DiskID))
	s.num("iface_id", int(f.IfaceID))
	s.num("site_id", int(f.SiteID))
	if !f.CreatedAfter.IsZero() {
		// Gandi types filter dates as strings; this form is the one that its own client sends to other methods.
		s[">date_created"] = f.CreatedAfter.UTC().Format(time.DateTime)
	}
	s.str("sort_by", f.SortBy)
	return s
}

// Operation reads one operation. One that is not there is of class NotFound.
func (c *Client) Operation(ctx context.Context, id OperationID) (Operation, error) {
	o, err := readOne(ctx, c, "operation.info", int(id), parseOperation)
	if err != nil {
		return Operation{}, err
	}
	return c.cleaned([]Operation{o})[0], nil
}

// Operations lists the operations that fit f.
func (c *Client) Operations(ctx context.Context, f OperationFilter) ([]Operation, error) {
	if f.fitsNothing() {
		return nil, nil
	}
	var ops []Operation
	var err error
	if f.Limit > 0 {
		ops, err = readPage(ctx, c, "operation.list", f.opts(), f.Limit, parseOperation)
	} else {
		ops, err = readList(ctx, c, "operation.list", f.opts(), parseOperation)
	}
	if err != nil {
		return nil, err
	}
	return c.cleaned(ops), nil
}

// OperationCount counts the operations that fit f, in Gandi's opinion; SortBy and Limit play no part.
func (c *Client) OperationCount(ctx context.Context, f OperationFilter) (int, error) {
	if f.fitsNothing() {
		return 0, nil
	}
	f.SortBy = ""
	return readCount(ctx, c, "operation.count", f.opts())
}

// Unfinished lists all operations in the steps BILL, WAIT and RUN with one request, whatever their number up to a page.
func (c *Client) Unfinished(ctx context.Context) ([]Operation, error) {
	return c.Operations(ctx, OperationFilter{Steps: []string{StepBill, StepWait, StepRun}})
}

func parseOperation(r *record) Operation {
	params := r.details("params")
	concerned := func(key string) int {
		if n := r.num(key); n != 0 {
			return n
		}
		// Params differ with every type of operation: what is no number there is simply not a thing's.
		n, _ := toInt(params[key])
		return max(n, 0)
	}
	return Operation{
		ID:          OperationID(r.id()),
		Type:        r.str("type"),
		Step:        r.str("step"),
		VMID:        VMID(concerned("vm_id")),
		DiskID:      DiskID(concerned("disk_id")),
		IfaceID:     IfaceID(concerned("iface_id")),
		IPID:        IPID(concerned("ip_id")),
		VLANID:      VLANID(concerned("vlan_id")),
		SiteID:      SiteID(concerned("site_id")),
		ETA:         r.num("eta"),
		LastError:   r.str("last_error"),
		ErrorType:   r.str("errortype"),
		Source:      r.str("source"),
		DateCreated: r.date("date_created"),
		DateUpdated: r.date("date_updated"),
		DateStart:   r.date("date_start"),
		Params:      withoutSecrets(params),
	}
}
