package gandisim

import (
	"maps"
	"slices"
	"strings"
)

// kernelKnown checks a kernel's name against those of a datacenter.
func (w *World) kernelKnown(dc int, kernel string) *Fault {
	if kernel == "" {
		return nil
	}
	for _, names := range kernels(dc) {
		if slices.Contains(names, kernel) {
			return nil
		}
	}
	return refuse(objKernel, causeNotFound, "kernel '%s' doesn't exist in datacenter '%d'.", kernel, dc)
}

func diskListKernels(w *World, c *call) (any, *Fault) {
	d, fault := w.datacenter(c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	out := Struct{}
	for flavour, names := range kernels(d.id) {
		list := []any{}
		for _, n := range names {
			list = append(list, n)
		}
		out[flavour] = list
	}
	return out, nil
}

// kernels are those of a datacenter by flavour. The older two have the oldest ones.
func kernels(dc int) map[string][]string {
	linux := []string{
		"2.6.32", "2.6.27 (deprecated)", "2.6.32-x86_64", "2.6.32-x86_64-grsec", "3.2-i386", "3.2-x86_64", "3.2-x86_64-grsec",
		"3.10-x86_64", "3.10-i386",
	}
	if dc <= 2 {
		linux = []string{
			"2.6.18 (deprecated)", "2.6.27-compat-sysfs (deprecated)", "2.6.32", "2.6.27 (deprecated)", "2.6.32-x86_64",
			"2.6.36 (deprecated)", "2.6.32-x86_64-grsec", "2.6.36-x86_64 (deprecated)", "3.2-i386", "3.2-x86_64", "3.2-x86_64-grsec",
			"3.10-x86_64", "3.10-i386",
		}
	}
	if dc >= 4 {
		linux = append(linux, "3.12-x86_64")
	}
	return map[string][]string{"linux": linux, "linux-hvm": {"3.12-x86_64 (hvm)", "grub", "raw"}}
}

// diskListOptions are the options that a kernel may boot with. Its reply is published nowhere but for being a
// struct of options; these are the ones that disks show.
func diskListOptions(w *World, c *call) (any, *Fault) {
	kernel := c.args[0].(string)
	for _, d := range w.datacenters {
		if w.kernelKnown(d.id, kernel) == nil {
			return defaultCmdline(kernel), nil
		}
	}
	return nil, refuse(objKernel, causeNotFound, "kernel '%s' doesn't exist.", kernel)
}

// diskGetOptions existed in 2010: the options of one disk.
func diskGetOptions(w *World, c *call) (any, *Fault) {
	d, fault := w.diskOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	options := Struct{}
	maps.Copy(options, d.cmdline)
	return options, nil
}

// parseCmdline turns a kernel's command line into the struct that disks show.
func parseCmdline(line string) Struct {
	s := Struct{}
	for word := range strings.FieldsSeq(line) {
		name, value, found := strings.Cut(word, "=")
		if found {
			s[name] = value
		} else {
			s[name] = true
		}
	}
	return s
}

// defaultCmdline is what a kernel boots with when nobody said otherwise.
func defaultCmdline(kernel string) Struct {
	switch {
	case kernel == "":
		return nil
	case strings.Contains(kernel, "hvm"), kernel == "grub", kernel == "raw":
		return Struct{"root": "/dev/sda", "ro": true, "console": "ttyS0", "nosep": true}
	default:
		return Struct{"root": "/dev/xvda1", "ro": true, "console": "xvc0", "nosep": true}
	}
}
