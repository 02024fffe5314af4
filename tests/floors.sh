#!/usr/bin/env bash
# Installs the lowest versions that every distribution declares in a fresh environment, and runs the
# core's tests there, with the report and the baselines that many of them use.
set -euo pipefail
python=$(realpath -s "${1:-.venv/bin/python}")
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

"$python" tests/floors.py . spaces/*/ strategies/*/ plugins/*/ >"$place/floors.txt"
"$python" -m venv "$place/venv"
pip=("$place/venv/bin/python" -m pip install --quiet --disable-pip-version-check)
"${pip[@]}" "flit_core>=3.9"
"${pip[@]}" -r "$place/floors.txt"
"${pip[@]}" --no-build-isolation --no-deps -e "./" -e ./plugins/report -e ./strategies/toolkit -e ./strategies/baselines
"$place/venv/bin/python" -m pytest -q -p no:cacheprovider tests
