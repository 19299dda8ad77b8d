#!/bin/sh
# Checks the product sheets that a pull request changes, and fails where it brings new errors.
#
#   examples/pull-request-check.sh [BASE]
#
# BASE is the branch that is merged into: origin/main, unless it is given. Run it in the root of the repository, whose
# history must be there back to where the branch began.
#
#   FORMAT=sarif    how findings are printed, on standard output: human (as it stands), sarif, json or csv
#   FAIL_ON=warning what makes it fail: error (as it stands) or warning
#   SHEETS='...'    which files are sheets, as patterns of git: *.xlsx *.csv and so on (as they stand)
#   SKULOAD=...     the program
#
# What each sheet had before the branch began is the baseline: only what is new fails. Exit code: 0 nothing new, 1 new
# findings, anything else as `skuload check` says.
set -eu

base=${1:-origin/main}
skuload=${SKULOAD:-skuload}
format=${FORMAT:-human}
fail_on=${FAIL_ON:-error}
sheets=${SHEETS:-*.xlsx *.xlsm *.xls *.xlsb *.ods *.csv *.tsv}

start=$(git merge-base "$base" HEAD) || {
    echo "there is no common past with $base: fetch the whole history (git fetch --unshallow)" >&2
    exit 2
}
work=$(mktemp -d)
tidy() {
    git worktree remove --force "$work/before" 2>/dev/null || true
    rm -rf "$work"
}
trap tidy EXIT
trap "exit 130" INT
trap "exit 143" TERM

# One name a line, whatever else is in it.
set -f
# shellcheck disable=SC2086 # the patterns are words
git diff -z --name-only --no-renames --diff-filter=AM "$start" HEAD -- $sheets | tr '\0' '\n' >"$work/names"
set +f
if ! [ -s "$work/names" ]; then
    echo "no sheet was changed since $base" >&2
    exit 0
fi

# The common past as it was, with its settings and pictures.
git worktree add --quiet --detach "$work/before" "$start"
set --
while IFS= read -r name; do
    if [ -f "$work/before/$name" ]; then set -- "$@" "$name"; fi
done <"$work/names"
if [ $# -gt 0 ]; then
    # Errors are what it is for, and a sheet that could not be read had nothing.
    (cd "$work/before" && "$skuload" check -q --format json --max-findings 999999999 -- "$@") >"$work/old.jsonl" || true
fi

set --
while IFS= read -r name; do
    set -- "$@" "$name"
done <"$work/names"
if grep -q '"kind":"summary"' "$work/old.jsonl" 2>/dev/null; then
    "$skuload" check --format "$format" --fail-on "$fail_on" --baseline "$work/old.jsonl" -- "$@"
else
    "$skuload" check --format "$format" --fail-on "$fail_on" -- "$@"
fi
