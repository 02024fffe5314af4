"""Installed distributions that break one rule of plugins each: functions that write one into a folder."""

SPACE = 'Entry("space", "broken", "nasapi.testing.toy:Toy", "the toy")'


def write(folder, entries, *, package="nasapi_broken", first="", point="broken"):
    """Write package and metadata of the distribution `nasapi-broken`."""
    info = folder / "nasapi_broken-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: nasapi-broken\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(f"[nasapi.v1]\n{point} = {package}\n")
    lines = ["from nasapi.plugins.hooks import Entry, hookimpl", first, "@hookimpl", "def nasapi_entries():"]
    (folder / f"{package}.py").write_text("\n".join([*lines, f"    return [{', '.join(entries)}]\n"]))


BROKEN = {
    "plugin/names": lambda folder: write(folder, [SPACE], package="broken_of_another_name"),
    "plugin/light": lambda folder: write(folder, [SPACE], first="import numpy"),
    "plugin/entries": lambda folder: write(folder, [SPACE.replace("the toy", " ")]),
    "plugin/ids": lambda folder: write(folder, [SPACE, SPACE]),
    "plugin/targets": lambda folder: write(folder, [SPACE.replace("Toy", "Toi")]),
    "plugin/kit": lambda folder: write(folder, [SPACE.replace('"the toy")', '"the toy", kit={"epochs": 1})')]),
}
