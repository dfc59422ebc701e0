package gandisim

import (
	"errors"
	"fmt"
)

// panelCreate makes a thing that is ready at once. A VM comes with a system disk of an image and a public
// interface, unless its state is given it runs.
func (w *World) panelCreate(what object, in map[string]any) error {
	if what == objSite {
		return w.panelMakeSite(in)
	}
	f := w.read(what, in)
	dc := f.id("datacenter_id")
	owner, hasOwner := f.text("handle")
	if !hasOwner {
		owner = w.opts.Handle
	}
	if dc == 0 {
		dc = 3
	}
	if _, fault := w.datacenter(dc); fault != nil {
		return errors.New(fault.Text)
	}
	switch what {
	case objVM:
		return w.panelMakeVM(f, owner, dc)
	case objImage:
		return w.panelMakeImage(f, dc)
	case objDisk:
		name, _ := f.text("name")
		size, hasSize := f.int("size")
		if !hasSize {
			size = defaultSize
		}
		if fault := w.strictly(f); fault != nil {
			return errors.New(fault.Text)
		}
		d := w.makeDisk(owner, blueprint{datacenter: dc, name: name, size: size}, source{})
		d.state = "created"
		return nil
	case objIface:
		version, hasVersion := f.int("ip_version")
		if !hasVersion {
			version = 4
		}
		if fault := firstFault(w.strictly(f), wishVersion(version)); fault != nil {
			return errors.New(fault.Text)
		}
		i := w.makeIface(owner, wish{datacenter: dc, version: version, bandwidth: defaultBandwidth})
		w.ifaceCreation(i).done(w.now)
		return nil
	default:
		return fmt.Errorf("a %s cannot be made", what.noun())
	}
}

func (w *World) panelMakeVM(f *fields, owner string, dc int) error {
	o := order{datacenter: dc, net: wish{datacenter: dc, version: 4, bandwidth: 102400}}
	o.hostname, _ = f.text("hostname")
	o.farm, _ = f.text("farm")
	memory, hasMemory := f.int("memory")
	cores, hasCores := f.int("cores")
	state, hasState := f.text("state")
	diskName, _ := f.text("disk_name")
	version, hasVersion := f.int("ip_version")
	maximum, hasMaximum := f.int("vm_max_memory")
	if fault := w.strictly(f); fault != nil {
		return errors.New(fault.Text)
	}
	o.memory, o.cores, o.maxMemory = 256, 1, maximum
	if hasMemory {
		o.memory = memory
	}
	if hasCores {
		o.cores = cores
	}
	if !hasMaximum {
		o.maxMemory = w.tierFor(o.memory)
	}
	if hasVersion {
		o.net.version = version
	}
	if fault := firstFault(checkMemory(o.memory), checkCores(o.cores), wishVersion(o.net.version)); fault != nil {
		return errors.New(fault.Text)
	}
	src := source{}
	for _, i := range w.images {
		if i.datacenter == dc {
			src = source{id: i.disk, size: imageSize, datacenter: dc, label: i.label, kernel: i.kernel, cmdline: defaultCmdline(i.kernel)}
			break
		}
	}
	v := w.makeVM(owner, o)
	d := w.makeDisk(owner, blueprint{datacenter: dc, name: diskName, size: imageSize}, src)
	d.state = "created"
	w.plug(v, d, 0)
	i := w.makeIface(owner, o.net)
	w.link(v, i)
	w.ifaceCreation(i).done(w.now)
	w.boot(v, w.now)
	if hasState {
		v.state = state
	}
	return nil
}
