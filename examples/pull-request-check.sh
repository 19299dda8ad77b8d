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
# What each sheet had before the branch began is the baseline, also where it had another name: only what is new fails.
# Exit code: 0 nothing new, 1 new findings, anything else as `skuload check` says.
set -eu

base=${1:-origin/main}
skuload=${SKULOAD:-skuload}
format=${FORMAT:-human}
fail_on=${FAIL_ON:-error}
sheets=${SHEETS:-*.xlsx *.xlsm *.xls *.xlsb *.ods *.csv *.tsv}

command -v git >/dev/null || {
    echo "there is no git on this computer, by which changed sheets are found: install it" >&2
    exit 2
}
git rev-parse --git-dir >/dev/null 2>&1 || {
    echo "this folder is in no git repository: run the script in the root of the one that holds the sheets" >&2
    exit 2
}
start=$(git merge-base "$base" HEAD 2>/dev/null) || {
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

# Of each change a letter and the name, one a line, whatever else is in it; of a new name, the former one before it.
set -f
# shellcheck disable=SC2086 # the patterns are words
git diff -z -M --name-status --diff-filter=AMR "$start" HEAD -- $sheets | tr '\0' '\n' >"$work/changes"
set +f
: >"$work/old"
: >"$work/new"
while IFS= read -r change && IFS= read -r name; do
    case $change in
    M) printf '%s\n' "$name" >>"$work/old" ;;
    R*)
        printf '%s\n' "$name" >>"$work/old"
        IFS= read -r name
        ;;
    esac
    printf '%s\n' "$name" >>"$work/new"
done <"$work/changes"
if ! [ -s "$work/new" ]; then
    echo "no sheet was changed since $base" >&2
    # A service that gets no log keeps the findings that it had.
    if [ "$format" = sarif ]; then
        printf '%s%s%s\n' '{"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json","version":"2.1.0","runs":[{' \
            '"tool":{"driver":{"name":"skuload"}},"columnKind":"unicodeCodePoints",' \
            '"invocations":[{"executionSuccessful":true,"exitCode":0}],"results":[]}]}'
    fi
    exit 0
fi

# The common past as it was, with its settings and pictures.
git worktree add --quiet --detach "$work/before" "$start"
set --
while IFS= read -r name; do
    set -- "$@" "$name"
done <"$work/old"
if [ $# -gt 0 ]; then
    # Errors are what it is for, and a sheet that could not be read had nothing.
    (cd "$work/before" && "$skuload" check -q --format json --max-findings 999999999 -- "$@") >"$work/old.jsonl" || true
fi

set --
while IFS= read -r name; do
    set -- "$@" "$name"
done <"$work/new"
set -- -- "$@"
if grep -q '"kind":"summary"' "$work/old.jsonl" 2>/dev/null; then
    set -- --baseline "$work/old.jsonl" "$@"
fi
if [ "$format" = sarif ]; then
    # A service refuses a log that holds more.
    set -- --max-findings 25000 "$@"
fi
"$skuload" check --format "$format" --fail-on "$fail_on" "$@"
