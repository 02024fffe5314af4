#!/usr/bin/env bash
# Builds the wheel of every distribution, installs all of them in a fresh environment outside the tree, and loads every plugin there.
set -euo pipefail
python=$(realpath -s "${1:-.venv/bin/python}")
cd "$(dirname "$0")/.."
constraints=$PWD/constraints.txt
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

for folder in . spaces/*/ strategies/*/ plugins/*/; do
    "$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$place/wheels" "./$folder"
done
"$python" -m venv "$place/venv"
"$place/venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$constraints" "$place"/wheels/*.whl
cd "$place"
"$place/venv/bin/nasapi" plugins
"$place/venv/bin/nasapi" bench toy/formula-v1 -s random --seeds 2 --store "$place/toy.zarr"
