"""What docs/spaces.md says of each installed space, kept as a result, and a drawing of a cell of each.

    python benchmarks/spaces.py [--into FOLDER]

Tables that were imported on this machine are left aside, so that the page says what pip alone installs.
"""

from __future__ import annotations

import os
import tempfile
import time
from typing import Any

import numpy as np
from claims.kept import RESULTS, ROOT, keep, made_here
from claims.program import end, reader

from nasapi.errors import NotAvailable
from nasapi.files.replacing import write_whole
from nasapi.pictures import render_svg
from nasapi.plugins import entries, load_benchmark, load_space
from nasapi.space import SearchSpace

IMAGES = ROOT / "docs" / "images"

EXAMPLES = {
    "nb201": "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|",
    "nb101": "0110001000100000011000000010000001000000010000000:"
    "input,conv1x1-bn-relu,conv3x3-bn-relu,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,output",
    "darts": "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], "
    "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])",
    "graph": "Arch([0, 1, 2, 1], ['gcn', 'gin', 'fc', 'cheb'])",
    "natssize": "8:16:24:32:64",
    "nlp": '{"node_0": {"op": "linear", "input": ["x", "h_prev_0"]}, '
    '"node_1": {"op": "activation_sigm", "input": ["node_0"]}, '
    '"node_2": {"op": "linear", "input": ["x", "h_prev_0"]}, '
    '"node_3": {"op": "activation_tanh", "input": ["node_2"]}, '
    '"h_new_0": {"op": "blend", "input": ["h_prev_0", "node_3", "node_1"]}}',
}
"""What is drawn of some spaces; of others the sampled architecture with the shortest string."""


def main() -> None:
    """Keep the facts of every space; draw their pictures anew where it is not done somewhere else for comparison."""
    given = reader(__doc__).parse_args()
    start = time.process_time()
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as empty:
        os.environ["NASAPI_DATA"] = empty
        for entry, owner in entries("space"):
            if owner.name != "nasapi" and not is_listed(entry.id):  # the toy space of the core is no search space
                found[entry.id] = facts_and_benchmarks(entry.id, owner.name)
    if given.into == RESULTS:
        IMAGES.mkdir(exist_ok=True)
        for name in found:
            write_whole(IMAGES / f"space-{name}.svg", drawing(load_space(name), found[name]["shown"]))
    made = made_here("python benchmarks/spaces.py", seeds="0", cpu_seconds=time.process_time() - start)
    what = "Genes, counts and benchmarks of each space, as pip alone installs them; optima in the goal's unit."
    keep("spaces", {"what": what, **made, "quick": True, "tolerance": 1e-5, "found": found}, given.into)
    print(f"spaces: {made['cpu_seconds']} s")


def is_listed(name: str) -> bool:
    """Whether a space is the listed part of another, which is known once its table is imported."""
    try:
        return load_space(name).parent is not None
    except NotAvailable:
        return True


def facts_and_benchmarks(name: str, distribution: str) -> dict[str, Any]:
    """The facts of a space: its sizes, what is drawn of it, and what its own distribution and others measure on it."""
    space = load_space(name)
    shown = EXAMPLES.get(name) or min(map(space.format, space.sample(200, np.random.default_rng(0))), key=len)
    own, others = benchmarks(name, distribution)
    return {**facts(space), "shown": shown, "benchmarks": own, "others": others}


def facts(space: SearchSpace) -> dict[str, Any]:
    """The genes and the counts at each level of identity."""
    levels: dict[str, int | None] = dict(space.identities) or {"code": space.size}
    return {
        "genes": len(space.cardinalities),
        "values": [min(space.cardinalities), max(space.cardinalities)],
        "levels": {level: counted(count) for level, count in levels.items()},
    }


def counted(count: int | None) -> str:
    """A count in digits, or as a power of ten where they are more than a line is for."""
    if count is None:
        return "not counted"
    if count < 10**24:
        return f"{count:,}"
    digits = len(str(count)) - 1
    return f"{count / 10**digits:.4g} · 10^{digits} (all digits: `load_space(…).identities`)"


def drawing(space: SearchSpace, text: str) -> str:
    """The SVG of a cell on a ground of its own, so that it is legible on a page of any colour."""
    code = space.parse(text)
    svg = render_svg(space.picture(code), space.format(code))
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return svg.replace("</title>", f"</title>{ground}", 1).replace("<svg ", '<svg color="#1f2328" ', 1) + "\n"


def benchmarks(name: str, distribution: str) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The benchmarks of the space's own distribution, and how many others there are, by distribution."""
    own: list[dict[str, Any]] = []
    others: dict[str, int] = {}
    for entry, owner in entries("benchmark"):
        if entry.id.partition("/")[0] != name:
            continue
        if owner.name == distribution:
            own.append(described(entry.id, entry.summary))
        else:
            others[owner.name] = others.get(owner.name, 0) + 1
    return own, others


def described(name: str, summary: str) -> dict[str, Any]:
    """One benchmark: its goals, its optimum, and whether its values are measured, predicted or not here."""
    try:
        benchmark = load_benchmark(name)
    except NotAvailable:
        return {"id": name, "what": summary}
    return {
        "id": name,
        "goals": [goal.name for goal in benchmark.problem.goals],
        "optima": [round(float(value), 6) for value in benchmark.reference.optima.values()],
        "kind": "predicted" if benchmark.reference.predicted else "measured",
        "what": summary,
    }


if __name__ == "__main__":
    end(main)
