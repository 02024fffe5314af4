"""Writes what docs/spaces.md says of each installed space between its marks, and draws a cell of each.

Run `python docs/spaces.py`. Text outside the marks is kept; a space without a section gets one at the end. Tables that
were imported on this machine are left aside, so that the page says what pip alone installs.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import numpy as np

from nasapi.drawing import draw_svg
from nasapi.errors import NotAvailable
from nasapi.files.replacing import write_whole
from nasapi.plugins import entries, load_benchmark, load_space
from nasapi.space import SearchSpace

PAGE = Path(__file__).parent / "spaces.md"
IMAGES = Path(__file__).parent / "images"

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
    """Write every section and every picture."""
    IMAGES.mkdir(exist_ok=True)
    text = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as empty:
        os.environ["NASAPI_DATA"] = empty
        for entry, owner in entries("space"):
            if owner.name != "nasapi" and not is_listed(entry.id):  # the toy space of the core is no search space
                text = with_section(text, entry.id, section(entry.id, owner.name))
    write_whole(PAGE, text)


def is_listed(name: str) -> bool:
    """Whether a space is the listed part of another, which is known once its table is imported."""
    try:
        return load_space(name).parent is not None
    except NotAvailable:
        return True


def with_section(text: str, name: str, facts: str) -> str:
    """The page with the facts of a space between its marks, or in a section of its own at the end."""
    start, end = f"<!-- facts {name} -->", f"<!-- end {name} -->"
    block = f"{start}\n{facts}\n{end}"
    if start in text:
        return re.sub(f"{re.escape(start)}.*?{re.escape(end)}", lambda _: block, text, flags=re.DOTALL)
    return f"{text.rstrip()}\n\n## {name}\n\n{block}\n"


def section(name: str, distribution: str) -> str:
    """The facts of a space: its sizes, its picture, and what its own distribution and others measure on it."""
    space = load_space(name)
    shown = EXAMPLES.get(name) or min(map(space.format, space.sample(200, np.random.default_rng(0))), key=len)
    write_whole(IMAGES / f"space-{name}.svg", drawing(space, space.parse(shown)))
    picture = f"![an architecture of {name}](images/space-{name}.svg)"
    return "\n\n".join([facts(space), picture, f"```text\n{shown}\n```", tables(name, distribution)])


def facts(space: SearchSpace) -> str:
    """The genes and the counts at each level of identity, as a table."""
    fewest, most = min(space.cardinalities), max(space.cardinalities)
    values = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    levels = dict(space.identities) or {"code": space.size}
    rows = [f"| {level} | {counted(count)} |" for level, count in levels.items()]
    head = f"{len(space.cardinalities)} genes of {values} values each."
    return "\n".join([head, "", "| level of identity | architectures |", "|---|---|", *rows])


def counted(count: int | None) -> str:
    """A count in digits, or as a power of ten where they are more than a line is for."""
    if count is None:
        return "not counted"
    if count < 10**24:
        return f"{count:,}"
    digits = len(str(count)) - 1
    return f"{count / 10**digits:.4g} · 10^{digits} (all digits: `load_space(…).identities`)"


def drawing(space: SearchSpace, code: np.ndarray) -> str:
    """The SVG of a cell on a ground of its own, so that it is legible on a page of any colour."""
    svg = draw_svg(space.picture(code), space.format(code))
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return svg.replace("</title>", f"</title>{ground}", 1).replace("<svg ", '<svg color="#1f2328" ', 1) + "\n"


def tables(name: str, distribution: str) -> str:
    """The benchmarks of the space's own distribution, and how many others there are."""
    rows = ["| benchmark | goal | optimum | values | what |", "|---|---|---|---|---|"]
    others: dict[str, int] = {}
    for entry, owner in entries("benchmark"):
        if entry.id.partition("/")[0] != name:
            continue
        if owner.name == distribution:
            rows.append(row(entry.id, entry.summary))
        else:
            others[owner.name] = others.get(owner.name, 0) + 1
    more = ", ".join(f"{count} of `{owner}`" for owner, count in sorted(others.items()))
    listed = "\n".join(rows) if len(rows) > 2 else "It has no benchmark of its own."
    return listed + (f"\n\nFurther benchmarks: {more}; `nasapi list` names them." if more else "")


def row(name: str, summary: str) -> str:
    """One benchmark's line: its goals, its optimum, and whether its values are measured, predicted or not here."""
    try:
        benchmark = load_benchmark(name)
    except NotAvailable:
        return f"| `{name}` | | | not here until imported | {summary} |"
    optima = [f"{value:.6g}" for value in benchmark.reference.optima.values()]
    goals = ", ".join(goal.name for goal in benchmark.problem.goals)
    kind = "predicted" if benchmark.reference.predicted else "measured"
    return f"| `{name}` | `{goals}` | {', '.join(optima) or 'unknown'} | {kind} | {summary} |"


if __name__ == "__main__":
    main()
