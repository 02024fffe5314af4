"""Hostile command lines from a seed: all verbs with all their options, filled with values that no help text names.

`python tests/torture/command_lines.py --seed 0 --count 1000` prints how many were tried, how many held, and what broke.
A line holds if it ends with a status that the documentation knows – 0, 1, 2 or 130 – says a sentence where it was
refused, prints no traceback, and leaves the files of others as they are.
"""

import argparse
import contextlib
import hashlib
import io
import os
import random
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from attrs import field, frozen

from nasapi.cli.main import cli, main

STATUSES = {0, 1, 2, 130}
SECONDS = 10.0
"""After which a line is interrupted, as a person would with Ctrl-C."""
_ADDRESSES = 12 * 2**30  # what a line may reserve: who asks for 10 ** 12 codes must be told, not killed

KINDS = ["space", "encoder", "objective", "strategy", "benchmark", "plugin", "spaces", "strategies"]
NAMES = [
    "toy",
    "toy/formula",
    "toy/formula-v1",
    "random",
    "genes",
    "ok.py:Mine",
    "study.zarr",
    "nasapi",
    "ok.py",
    "a-b",
]
NUMBERS = ["0", "1", "2", "3", "7"]
HOSTILE = [
    *("", " ", ".", "..", "-", "--", "~", "~nobody-of-this-name/x", "x" * 300, "x/" * 3000, "\udcff", "\u202eabc", "é"),
    *("\x1b[31mred", "a\nb", "a\0b", "$x_{$", "%s%n", "{}", "[]", "none", "true", "nan", "inf", "-inf", "1e400", "1e5"),
    *("-1", str(2**31), str(2**63), str(10**12), str(10**30), "1.5", "1_0", "٣", "0x10", "9" * 5000),
    *(":", ":x", "x:", "::", "a:b:c", ".py:x", "missing.py:X", "broken.py:X", "raises.py:X", "exits.py:X", "ok.py:"),
    *(
        "ok.py:module",
        "ok.py:text",
        "ok.py:number",
        "ok.py:Plain",
        "ok.py:takes",
        "ok.py:Mine[",
        "os:sep",
        "json:JSONDecoder",
    ),
    *(
        "toy[",
        "toy]",
        "toy[x]",
        "toy[x=1]",
        "toy[=]",
        "toy[[]]",
        "toy" + "[x=toy" * 2000,
        "random[seed=1]",
        "toy[x='",
        "a=b",
    ),
    *(
        "precious",
        "precious/keep.txt",
        "nodir/../precious",
        "link",
        "loop",
        "loop/x",
        "precious/keep.txt/x.svg",
        "precious/keep.svg",
    ),
    *(
        "deep.json",
        "rows.csv",
        "noise.bin",
        "empty",
        "half.zarr",
        "study.zarr/shard-0000.sqlite",
        "/dev/full",
        "/dev/null",
        "/proc/x",
    ),
    *("conv|conv|skip", "|" * 100, "conv|" * 5000, "--help", "-h", "--sample", "--debug", "--no-such-option"),
]
NAMED = [
    ["report", "study.zarr", "-o", "/"],
    ["bench", "toy/formula-v1", "-s", ":x"],
    ["picture", "ok.py:module", "x"],
    ["audit", "toy/formula", "deep.json"],
    ["picture", "toy", "--sample", "1", "-o", "y" * 300 + ".svg"],
    ["check", "space", "toy", "--on", "toy"],
    ["new", "plugin", "bench"],
    ["new", "encoder", "none"],
    ["query", "toy/formula", "-"],
    ["data", "path"],
    ["list"],
]
"""Lines that once ended badly."""
DESTRUCTIVE = [
    ["picture", "os:abort", "x"],
    ["query", "os:_exit[status=3]", "x"],
    ["info", "sys:exit", "--kind", "space"],
]
"""Lines that would end the process that tries them: tried as processes alone."""


@frozen
class Tally:
    """How many command lines were tried, how many held, and what those that did not did."""

    tried: int
    broken: list[str] = field(factory=list)

    @property
    def held(self) -> int:
        return self.tried - len(self.broken)

    def __str__(self) -> str:
        return "\n".join(
            [*self.broken, f"command lines: {self.tried} tried, {self.held} held, {len(self.broken)} broken"]
        )


def attack(seed: int, count: int, share: float = 0.05) -> Tally:
    """Try `count` command lines, a `share` of them as processes of their own with streams that are closed or full."""
    rng, broken = random.Random(seed), []
    with contextlib.suppress(ImportError):
        import torch.fx.experimental.symbolic_shapes  # noqa: F401  # an import that is cut short cannot be made again
    with _workshop() as folder:
        before = _snapshot(folder)
        for number in range(count):
            arguments = NAMED[number] if number < len(NAMED) else _line(rng)
            alone = rng.random() < share
            complaint = _as_process(rng, arguments) if alone else _in_process(arguments)
            if not complaint and (after := _snapshot(folder)) != before:
                complaint, before = f"files of others were touched: {sorted(set(before) ^ set(after))}", after
            if complaint:
                broken.append(f"seed {seed}, line {number}: nasapi {shlex.join(arguments)[:300]}\n    {complaint}")
    return Tally(count, broken)


def _line(rng: random.Random) -> list[str]:
    """One verb with some of its options and arguments, each as likely good as hostile."""
    if rng.random() < 0.03:
        return [rng.choice(HOSTILE) for _ in range(rng.randrange(4))]
    command, words = cli, []
    context = click.Context(cli)
    while isinstance(command, click.Group):
        name = rng.choice(command.list_commands(context))
        found = command.get_command(context, name)
        words.append(name)
        if found is None:
            return words
        command = found
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            if parameter.required or rng.random() < 0.7:
                words += [_value(rng, parameter) for _ in range(rng.choice([1, 1, 2]) if parameter.nargs == -1 else 1)]
        elif parameter.required or rng.random() < 0.25:
            words.append(rng.choice(parameter.opts))
            if not getattr(parameter, "is_flag", False):
                words.append(_value(rng, parameter))
    return words


def _value(rng: random.Random, parameter: click.Parameter) -> str:
    if rng.random() < 0.5:
        return rng.choice(HOSTILE)
    if isinstance(parameter.type, click.Choice):
        return rng.choice(list(map(str, parameter.type.choices)))
    if isinstance(parameter.type, (click.types.IntParamType, click.types.FloatParamType)):
        return rng.choice(NUMBERS)
    return rng.choice(KINDS if parameter.name == "kind" else NAMES)


def _in_process(arguments: Sequence[str]) -> str:
    """What is wrong with how a line ended here; empty where it held."""
    out, err = _stream(), _stream()
    limits = resource.getrlimit(resource.RLIMIT_AS)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGTERM)}
    status: object = "none"
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, limits[1]))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    stdin, sys.stdin = sys.stdin, io.StringIO("conv|conv|skip\nx\n\0\n")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(arguments)
    except SystemExit as end:
        status = end.code
    except KeyboardInterrupt:
        status = 130
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, limits)
        sys.stdin = stdin
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return _complaint(status, _text(err), "--debug" in arguments)


def _as_process(rng: random.Random, arguments: Sequence[str]) -> str:
    """The same of a process of its own, whose streams are whole, closed, full, or read by nobody."""
    arguments = rng.choice(DESTRUCTIVE) if rng.random() < 0.2 else [word.replace("\0", "?") for word in arguments]
    program = "from nasapi.cli.start import main; main()"
    command = shlex.join([sys.executable, "-c", program, *arguments])
    ending = rng.choice(["", " >/dev/full", " >&-", " 2>&-", " <&-", " | head -c 1 >/dev/null", " >&- 2>&- <&-"])
    shell = ["bash", "-o", "pipefail", "-c", f"ulimit -v {_ADDRESSES // 1024}; exec 3>&2; {command}{ending}"]
    shell = [word.encode("utf-8", "surrogateescape") for word in shell]
    with subprocess.Popen(
        shell, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as running:
        start = time.monotonic()
        try:
            _, output = running.communicate(timeout=6 * SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            return "" if time.monotonic() - start >= 6 * SECONDS else "it was killed early"
    if running.returncode == 2 and "2>&-" in ending:
        return ""  # the sentence had nowhere to go
    return _complaint(running.returncode, output.decode(errors="replace"), "--debug" in arguments)


def _complaint(status: object, message: str, debug: bool) -> str:
    if status is None:
        status = 0
    if status not in STATUSES:
        return f"status {status}: {message.strip()[-400:]}"
    if ("Traceback" in message and not debug) or "Exception ignored" in message:
        return f"a traceback: {message.strip()[-400:]}"
    return "status 2 without a sentence" if status == 2 and not message.strip() else ""


def _stream() -> io.TextIOWrapper:
    """A stream as strict as a terminal's."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    return stream.buffer.getvalue().decode(errors="replace")  # type: ignore[attr-defined]


@contextlib.contextmanager
def _workshop() -> Iterator[Path]:
    """A working folder with good and bad files, beside files that are nobody's to touch."""
    from own_strategies import MINE

    kept = {name: os.environ.get(name) for name in ("NASAPI_DATA", "NO_COLOR")}
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as place:
        outer = Path(place)
        (outer / "outside.txt").write_text("mine")
        folder = outer / "work"
        (folder / "precious" / "deep").mkdir(parents=True)
        for name in ("keep.txt", "keep.svg", "a.partial", "deep/.lock", "deep/zarr.json"):
            (folder / "precious" / name).write_text("mine")
        (folder / "ok.py").write_text(
            MINE.format(extra="", n="n") + "\nimport os as module\ntext, number = 'text', 3\n"
            "class Plain:\n    pass\n\ndef takes(one, two):\n    return one\n"
        )
        (folder / "broken.py").write_text("def (:\n")
        (folder / "raises.py").write_text("raise KeyError('no')\n")
        (folder / "exits.py").write_text("import sys\nsys.exit(0)\n")
        (folder / "deep.json").write_text("[" * 100_000)
        (folder / "rows.csv").write_text("architecture,valid_accuracy\nconv|conv|skip,1\nconv,2\n")
        (folder / "noise.bin").write_bytes(bytes(range(256)) * 4)
        (folder / "empty").touch()
        (folder / "half.zarr").mkdir()
        (folder / "half.zarr" / "shard-0000.sqlite").write_text("{")
        (folder / "link").symlink_to("precious")
        (folder / "loop").symlink_to("loop")
        os.environ.update(NASAPI_DATA=str(folder / "data"), NO_COLOR="1")
        os.chdir(folder)
        try:
            _in_process(["bench", "toy/formula-v1", "-s", "ok.py:Mine", "--seeds", "2", "--store", "study.zarr"])
            _in_process(["report", "study.zarr", "-o", "warm"])
            yield outer
        finally:
            os.chdir(here)
            for name, value in kept.items():
                os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


def _snapshot(outer: Path) -> set[str]:
    """The files of others with what is in them."""
    files = [outer / "outside.txt", *sorted((outer / "work" / "precious").rglob("keep*"))]
    files += [outer / "work" / "precious" / name for name in ("a.partial", "deep/.lock", "deep/zarr.json")]
    return {f"{path}: {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files if path.exists()}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--seed", type=int, default=0)
    reader.add_argument("--count", type=int, default=1000)
    tally = attack(**vars(reader.parse_args()))
    print(tally)
    sys.exit(bool(tally.broken))
