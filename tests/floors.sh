#!/usr/bin/env bash
# Installs the lowest versions that every distribution declares in a fresh environment, and runs the core's tests there.
set -euo pipefail
python=$(realpath -s "${1:-.venv/bin/python}")
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

folders=(. spaces/*/ strategies/*/ plugins/*/)
light=() # those that can be installed without torch
for folder in "${folders[@]}"; do
    grep -q '"torch>=.*' <(sed '/optional-dependencies/,$d' "$folder/pyproject.toml") || light+=("$folder")
done
"$python" tests/floors.py "${folders[@]}" >"$place/floors.txt"
"$python" -m venv "$place/venv"
pip=("$place/venv/bin/python" -m pip install --quiet --disable-pip-version-check)
"${pip[@]}" "flit_core>=3.9"
"${pip[@]}" -r "$place/floors.txt"
"${pip[@]}" --no-build-isolation --no-deps -e "./"
"$place/venv/bin/python" -m pip check
"$place/venv/bin/python" -W error::DeprecationWarning -m pytest -q -p no:cacheprovider tests
