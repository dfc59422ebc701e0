package gandisim

import (
	"time"
	_ "time/tzdata" // dates in Paris time must not hang on what the machine has installed
)

// seed fills the catalog. The account has no objects of its own at the start.
func (w *World) seed() {
	if w.accounts == nil {
		w.reset()
		return
	}
	w.zone = time.UTC
	if w.sw("dates") == "paris" {
		if paris, err := time.LoadLocation("Europe/Paris"); err == nil {
			w.zone = paris
		}
	}
	w.datacenters = w.seedDatacenters()
	w.images = seedImages()
}

// seedDatacenters are the five of the fixtures of 2016 and the sixth that was used in 2019, whose id is a guess.
// Datacenter 1 is closed for newcomers, and the world's own handle is none.
func (w *World) seedDatacenters() []*datacenter {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, w.zone) }
	return []*datacenter{
		{id: 1, code: "FR-SD2", name: "Equinix Paris", country: "France", iso: "FR", iaasClosed: closedForNew,
			paasClosed: closedForNew, deactivateAt: day(2017, 12, 25), canMigrateTo: []int{4}, customers: []string{w.opts.Handle}},
		{id: 2, code: "US-BA1", name: "Level3 Baltimore", country: "United States of America", iso: "US",
			iaasClosed: closedForAll, paasClosed: closedForAll, deactivateAt: day(2016, 12, 25)},
		{id: 3, code: "LU-BI1", name: "Bissen", country: "Luxembourg", iso: "LU", iaasClosed: closedForNobody, paasClosed: closedForNobody},
		{id: 4, code: "FR-SD3", name: "France, Paris", country: "France", iso: "FR", iaasClosed: closedForNobody, paasClosed: closedForAll},
		{id: 5, code: "FR-SD5", name: "France, Paris", country: "France", iso: "FR", iaasClosed: closedForNobody, paasClosed: closedForNobody},
		{id: 6, code: "FR-SD6", name: "France, Paris", country: "France", iso: "FR", iaasClosed: closedForNobody, paasClosed: closedForNobody},
	}
}

// seedImages are the four of the usage guide and the ones of 2015. Where a capture of 2015 shows an image's ids,
// those are used; the others lie in ranges that no capture uses.
func seedImages() []*image {
	at := func(s string) time.Time {
		t, err := time.Parse("20060102T15:04:05", s)
		if err != nil {
			return time.Time{} // the constants below are right
		}
		return t
	}
	guide := func(id, disk int, label, visibility string) *image {
		return &image{id: id, disk: disk, datacenter: 1, label: label, arch: "x86-32", kernel: "2.6.32", visibility: visibility,
			created: at("20100101T00:00:00"), updated: at("20101007T06:43:17")}
	}
	hvm := func(id, disk, dc int, label, created string) *image {
		return &image{id: id, disk: disk, datacenter: dc, label: label, arch: "x86-64", kernel: "3.12-x86_64 (hvm)", visibility: "all",
			created: at(created), updated: at("20150116T11:24:56")}
	}
	const (
		debian8  = "Debian 8 (HVM)"
		debian7  = "Debian 7 64 bits (HVM)"
		ubuntu14 = "Ubuntu 14.04 64 bits LTS (HVM)"
		centos7  = "CentOS 7 64 bits (HVM)"
		spring   = "20140417T18:38:53"
		winter   = "20141203T14:15:28"
	)
	return []*image{
		guide(15, 43024, "Ubuntu 9.10", "all"),
		guide(16, 45512, "Ubuntu 9.10 + ispCP", "alpha"),
		guide(17, 49300, "Ubuntu 9.10 + Cherokee", "all"),
		guide(18, 51848, "Ubuntu 10.04", "all"),
		{id: 131, disk: 527489, datacenter: 3, label: "Fedora 17 32 bits", arch: "x86-32", kernel: "3.2-i386", visibility: "deprecated",
			created: at("20130902T15:04:18"), updated: at("20130903T12:14:30")},
		{id: 152, disk: 726233, datacenter: 3, label: "ArchLinux 64 bits", arch: "x86-64", kernel: "3.2-x86_64", visibility: "all",
			created: at("20130902T15:04:18"), updated: at("20130903T12:14:30")},
		hvm(161, 1349810, 1, debian7, spring), hvm(162, 1401327, 3, debian7, spring), hvm(163, 1401492, 4, debian7, spring),
		hvm(172, 3315704, 1, debian8, winter), hvm(176, 3315992, 2, debian8, winter), hvm(180, 3316076, 3, debian8, winter),
		hvm(178, 3316070, 4, debian8, winter), hvm(1805, 3326076, 5, debian8, winter), hvm(1806, 3336076, 6, debian8, winter),
		hvm(184, 3315748, 1, ubuntu14, winter), hvm(188, 3316144, 2, ubuntu14, winter), hvm(192, 3316160, 3, ubuntu14, winter),
		hvm(1924, 3316164, 4, ubuntu14, winter), hvm(1925, 3326160, 5, ubuntu14, winter), hvm(1926, 3336160, 6, ubuntu14, winter),
		hvm(196, 2876292, 1, centos7, ""), hvm(200, 4744388, 2, centos7, ""), hvm(204, 4744392, 3, centos7, ""),
		hvm(2044, 4744396, 4, centos7, ""), hvm(2045, 4754392, 5, centos7, ""), hvm(2046, 4764392, 6, centos7, ""),
	}
}
