#!/bin/sh
# Builds a Kubernetes control plane from Go modules into bin/k8s: etcd,
# kube-apiserver, kubectl and kube-gc. Nothing else is downloaded.
#
# A stamp names every input, so a repeat costs milliseconds, and a changed
# version, source, flag or compiler builds again.
#
# With KUBEBUILDER_ASSETS set, the three programs of Kubernetes come from
# there; kube-gc, which nobody publishes, is built all the same.
set -eu

cd "$(dirname "$0")/.."
out=$PWD/bin/k8s
module=hack/controlplane

# The flags of the manager's own build (see Makefile): two builds that differ
# in one of these share nothing of the compiler's cache, and this is most of it.
export CGO_ENABLED=0

programs='etcd kube-apiserver kubectl kube-gc'
stamp_file=$out/stamp
packages='./etcd ./kube-gc tool'
if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
	for program in etcd kube-apiserver kubectl; do
		if [ ! -x "$KUBEBUILDER_ASSETS/$program" ]; then
			echo "control-plane: KUBEBUILDER_ASSETS is set, but $KUBEBUILDER_ASSETS/$program is not there" >&2
			exit 1
		fi
	done
	programs=kube-gc
	stamp_file=$out/stamp.kube-gc
	packages=./kube-gc
fi

inputs() {
	echo "$packages" && go env GOVERSION GOOS GOARCH GOFLAGS
	cksum hack/control-plane.sh "$module/go.mod" "$module/go.sum" "$module"/*/*.go
}

complete() {
	for program in $programs; do
		[ -x "$out/$program" ] || return 1
	done
	[ -f "$stamp_file" ] && [ "$(cat "$stamp_file")" = "$stamp" ]
}

stamp=$(inputs)
if complete; then
	exit 0
fi

echo "control-plane: building $programs into bin/k8s; the first time takes five to ten minutes" >&2
mkdir -p "$out"
rm -f "$stamp_file"

# kubectl and the API server tell their version from these; without them
# `kubectl version` stops with a parse failure.
cd "$module"
version=$(go list -mod=readonly -m -f '{{.Version}}' k8s.io/kubernetes)
major=${version#v}
minor=${major#*.}
base=k8s.io/component-base/version
# shellcheck disable=SC2086 # the packages are several words
go build -buildvcs=false -mod=readonly -o "$out/" -ldflags "-s -w \
	-X $base.gitVersion=$version -X $base.gitMajor=${major%%.*} -X $base.gitMinor=${minor%%.*} \
	-X $base.gitCommit=unknown -X $base.gitTreeState=clean" $packages

echo "$stamp" >"$stamp_file"
