package gandi

// Each kind of number is a type of its own, so that an operation's number can never be passed where a VM's is wanted.
// Zero is no id at all: Gandi's are positive.

// VMID is the number of a virtual machine.
type VMID int

// DiskID is the number of a disk.
type DiskID int

// IfaceID is the number of a network interface.
type IfaceID int

// IPID is the number of an address.
type IPID int

// VLANID is the number of a private network.
type VLANID int

// ImageID is the number of an image, which is not that of its disk.
type ImageID int

// DatacenterID is the number of a datacenter.
type DatacenterID int

// OperationID is the number of an operation. Whether later ones are always larger is not published.
type OperationID int

// SSHKeyID is the number of a public key that Gandi keeps.
type SSHKeyID int

// SnapshotProfileID is the number of a schedule of automatic snapshots.
type SnapshotProfileID int

// SiteID is the number of a site of the website builder. Gandi's reference types it as a string, its guide passes an int:
// a reply may have either, and an int is what is sent.
type SiteID int
