// Package sshkey teaches the engine the kind GandiSSHKey.
//
// What is special about keys: Gandi stores and removes them at once, without an
// operation; it can neither change nor rename one; and their names are not
// unique (docs/gandi-api.md). VMs that were made with a key keep it when it is
// removed, so nothing has to be waited for.
package sshkey
