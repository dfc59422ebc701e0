package gandi

// Each kind of number is a type of its own, so that an operation's number can never be passed where a VM's is wanted.
// Zero is no id at all: Gandi's are positive.
type (
	VMID              int
	DiskID            int
	IfaceID           int
	IPID              int
	VLANID            int
	ImageID           int
	DatacenterID      int
	OperationID       int
	SSHKeyID          int
	SnapshotProfileID int
)
