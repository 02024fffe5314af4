"""Training-free scores as a nasapi plugin: objectives of untrained networks, an encoder, a warm start."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl
from nasapi_proxies.catalogue import PROXIES

__version__ = "0.1.0"

SPACES = ("nb201", "nb101", "darts", "natssize")
"""The spaces whose networks take images."""
OTHERS = ("nlp", "graph")
"""The spaces whose networks take words or graphs: of these the sizes are there."""
SIZES = ("parameters", "flops")
_KIT = {
    "nb201": "channels=4,cells=1,side=8",
    "nb101": "channels=8,cells=1,side=8",
    "darts": "channels=4,cells=3,classes=10,side=8",
    "natssize": "side=8",
}
"""The networks that the kit scores, on eight inputs."""


@hookimpl
def nasapi_entries() -> list[Entry]:
    """An objective for each score and space; an encoder and a strategy for all."""
    package = "nasapi_proxies"
    entries = [
        Entry("encoder", "proxy", f"{package}.encoder:ProxyEncoder", "training-free scores of an untrained network"),
        Entry("strategy", "warm", f"{package}.strategy:Warm", "another strategy, its first trials the best by a score"),
    ]
    for space in (*SPACES, *OTHERS):
        for one in PROXIES.values():
            if (one.name == "linear-regions" and space != "nb201") or (space in OTHERS and one.name not in SIZES):
                continue
            entries.append(
                Entry(
                    "objective",
                    f"{space}/{one.name}",
                    f"{package}.objective:proxy",
                    f"training-free: {one.title}",
                    {"space": space, "name": one.name},
                    kit={"network": _KIT[space], "batch": 8} if space in _KIT and one.name not in SIZES else {},
                )
            )
    return entries
