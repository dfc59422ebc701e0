// Package catalog finds the one thing on offer at Gandi that a word of a spec
// means: a datacenter, an image, a kernel, a snapshot profile. What is not
// there, or not clear, is told by a *engine.Missing whose message lists what
// there is.
package catalog
