#!/bin/sh
# Generates what is derived from the API types and from markers in the code:
# deepcopy functions, CRDs and the manager's RBAC role.
#
# All is written aside first. Without an argument it then replaces what is in
# the tree; with --verify the two are compared, and a difference fails.
set -eu

cd "$(dirname "$0")/.."
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT

deepcopy=api/v1alpha1/zz_generated.deepcopy.go
crds=config/crd/bases
role=config/rbac/role.yaml

# Markers of RBAC stand beside the code that needs the permission.
go tool controller-gen \
	object crd rbac:roleName=manager-role \
	paths=. paths=./api/... paths=./controllers/... paths=./internal/... \
	output:object:dir="$new/$(dirname "$deepcopy")" \
	output:crd:artifacts:config="$new/$crds" \
	output:rbac:artifacts:config="$new/$(dirname "$role")"

case ${1:-} in
'')
	mkdir -p "$crds" "$(dirname "$role")"
	rm -f "$crds"/*.yaml # also those of a kind that is no more
	cp "$new/$crds"/*.yaml "$crds/"
	cp "$new/$deepcopy" "$deepcopy"
	cp "$new/$role" "$role"
	;;
--verify)
	status=0
	for path in "$deepcopy" "$crds" "$role"; do
		diff -ruN "$path" "$new/$path" || status=1
	done
	if [ $status != 0 ]; then
		echo 'verify: generated files are out of date; run make generate and commit the result' >&2
		exit 1
	fi
	;;
*)
	echo "usage: $0 [--verify]" >&2
	exit 2
	;;
esac
