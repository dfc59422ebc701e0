#!/bin/sh
# Runs every fuzz target of the module in turn, each for the time that is given.
# What fails is kept in the package's testdata/fuzz, to be committed with the cure.
set -eu
cd "$(dirname "$0")/.."
time=${1:?usage: hack/fuzz.sh TIME, such as 30s}
failed=
for file in $(grep -rlE --include='*_test.go' '^func Fuzz[A-Z]' . | sort); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "== $(dirname "$file") $target"
		go test "$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 100x || failed="$failed $target"
	done
done
if [ -n "$failed" ]; then
	echo "these targets failed:$failed" >&2
	exit 1
fi
