package gandisim

import (
	"fmt"
	"strings"
)

// object is the middle of a fault code, three digits that say what the fault is about.
type object int

// cause is the end of a fault code, two digits that say what is wrong.
type cause int

// Object numbers. Seen in the field: UNKNOWN, STRING, ACCOUNT, HOSTING_ACCOUNT, DISK, ZONE and 801, whose name is a guess. The others are guesses
// that continue the pattern of the seen ones; a client that reads meaning into them reads it into our guess.
const (
	objUnknown         object = 0
	objInt             object = 11
	objString          object = 12
	objStruct          object = 13
	objDate            object = 15
	objAccount         object = 101
	objOperation       object = 107
	objHostingAccount  object = 300
	objDatacenter      object = 301
	objVM              object = 302
	objIface           object = 303
	objDisk            object = 304
	objIP              object = 305
	objVLAN            object = 306
	objImage           object = 307
	objSSHKey          object = 308
	objSnapshotProfile object = 309
	objMetric          object = 310
	objKernel          object = 311
	objVhost           object = 801 // seen of another method's vhosts
	objZone            object = 810
	objSite            object = 830
)

// Cause numbers. Seen in the field: BADPARAMETER, ATTACHED, DONTEXIST, NOTFOUND, NORIGHT, DATACENTER and FAILURE.
// The others are guesses.
const (
	causeExists       cause = 36
	causeBadParameter cause = 37
	causeAttached     cause = 39
	causeDontExist    cause = 40
	causeNotFound     cause = 42
	causeNoRight      cause = 50
	causeDatacenter   cause = 51
	causeBadState     cause = 52
	causeLocked       cause = 53
	causeQuota        cause = 54
	causeClosed       cause = 56
	causeNotAllowed   cause = 57
	causeFailure      cause = 66
)

// guessed reports whether nobody saw the cause of f.
func (f *Fault) guessed() bool {
	switch cause(f.Code % 100) {
	case causeExists, causeBadState, causeLocked, causeQuota, causeClosed, causeNotAllowed:
		return true
	default:
		return false
	}
}

// as is f with another cause.
func (f *Fault) as(c cause) *Fault {
	was := cause(f.Code % 100)
	return &Fault{
		Code: f.Code - int(was) + int(c),
		Text: strings.Replace(f.Text, "CAUSE_"+was.String(), "CAUSE_"+c.String(), 1),
	}
}

func (o object) String() string {
	switch o {
	case objInt:
		return "INT"
	case objString:
		return "STRING"
	case objStruct:
		return "STRUCT"
	case objDate:
		return "DATE"
	case objAccount:
		return "ACCOUNT"
	case objOperation:
		return "OPERATION"
	case objHostingAccount:
		return "HOSTING_ACCOUNT"
	case objDatacenter:
		return "DATACENTER"
	case objVM:
		return "VM"
	case objIface:
		return "IFACE"
	case objDisk:
		return "DISK"
	case objIP:
		return "IP"
	case objVLAN:
		return "VLAN"
	case objImage:
		return "IMAGE"
	case objSSHKey:
		return "SSH_KEY"
	case objSnapshotProfile:
		return "SNAPSHOT_PROFILE"
	case objMetric:
		return "METRIC"
	case objKernel:
		return "KERNEL"
	case objVhost:
		return "VHOST"
	case objZone:
		return "ZONE"
	case objSite:
		return "SITE"
	default:
		return "UNKNOWN"
	}
}

func (c cause) String() string {
	switch c {
	case causeExists:
		return "EXISTS"
	case causeBadParameter:
		return "BADPARAMETER"
	case causeAttached:
		return "ATTACHED"
	case causeDontExist:
		return "DONTEXIST"
	case causeNotFound:
		return "NOTFOUND"
	case causeNoRight:
		return "NORIGHT"
	case causeDatacenter:
		return "DATACENTER"
	case causeBadState:
		return "BADSTATE"
	case causeLocked:
		return "LOCKED"
	case causeQuota:
		return "QUOTA"
	case causeClosed:
		return "CLOSED"
	case causeNotAllowed:
		return "NOTALLOWED"
	case causeFailure:
		return "FAILURE"
	default:
		return "UNKNOWN"
	}
}

// refuse is a fault of the caller's making, in the words that Gandi uses for such.
func refuse(o object, c cause, format string, args ...any) *Fault {
	return &Fault{
		Code: 500000 + int(o)*100 + int(c),
		Text: fmt.Sprintf("Error on object : OBJECT_%s (CAUSE_%s) [%s]", o, c, fmt.Sprintf(format, args...)),
	}
}

// missing is the fault for an id that nothing has.
func missing(o object, id int) *Fault {
	return refuse(o, causeNotFound, "%s '%d' doesn't exist.", o.noun(), id)
}

// noun is how details of faults name the object.
func (o object) noun() string {
	switch o {
	case objVM:
		return "VM"
	case objDisk:
		return "Disk"
	case objIface:
		return "Iface"
	case objIP:
		return "IP"
	case objVLAN:
		return "Vlan"
	case objImage:
		return "Image"
	case objSSHKey:
		return "SSH key"
	case objDatacenter:
		return "Datacenter"
	case objOperation:
		return "Operation"
	case objSite:
		return "Site"
	case objSnapshotProfile:
		return "Snapshot profile"
	default:
		return o.String()
	}
}

// firstFault is the first that is one, so that checks read as a list in the order in which Gandi makes them.
func firstFault(faults ...*Fault) *Fault {
	for _, f := range faults {
		if f != nil {
			return f
		}
	}
	return nil
}

// unless is fault when ok does not hold.
func unless(ok bool, fault *Fault) *Fault {
	if ok {
		return nil
	}
	return fault
}
