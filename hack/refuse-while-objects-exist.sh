#!/bin/sh
# Fails while the cluster of the current kubeconfig holds objects of
# hosting.gandi.net, because deleting the definitions deletes all of them: their
# VMs and disks would go on at Gandi, at a price, with nothing here to say so.
#
# CONFIRM=release says that this is wanted. The list is printed all the same: it
# may be the last one that there is.
set -eu

kubectl=${KUBECTL:-kubectl}
objects=${TMPDIR:-/tmp}/gandi-objects.$$
trap 'rm -f "$objects"' EXIT

# A cluster that cannot be asked is no empty cluster: set -e ends here then.
definitions=$($kubectl get customresourcedefinitions -o name)
kinds=$(printf '%s\n' "$definitions" |
	sed -n 's|^customresourcedefinition.apiextensions.k8s.io/\(.*\.hosting\.gandi\.net\)$|\1|p' | paste -s -d , -)
if [ -z "$kinds" ]; then
	exit 0
fi
$kubectl get "$kinds" --all-namespaces --ignore-not-found >"$objects"
if [ ! -s "$objects" ]; then
	exit 0
fi

cat "$objects" >&2
if [ "${CONFIRM:-}" = release ]; then
	echo 'These objects go; what they stand for stays at Gandi.' >&2
	exit 0
fi
cat >&2 <<'END'

Refused: the objects above exist. Either delete them first, which deletes what
they bought:

    kubectl delete gandi --all --all-namespaces

or repeat with CONFIRM=release, which lets the objects go and leaves everything
at Gandi as it is.
END
exit 1
