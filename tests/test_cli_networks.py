"""`nasapi build` and the counts of `nasapi info`: options are the builder's own, and what is wrong is said."""

import json
import re

import click
import pytest
from click.testing import CliRunner

from nasapi.cli.main import cli
from nasapi.errors import InvalidArchitecture, InvalidOption, NotAvailable, StoreError
from nasapi.testing.toy import Toy

torch = pytest.importorskip("torch", reason="torch is not installed: pip install torch")

SPACE, CELL = "broken_builders:Builds", "conv|skip|conv"


@pytest.fixture
def nasapi(here):
    def run(*arguments):
        result = CliRunner().invoke(cli, arguments, standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return result.stdout

    return run


def test_build_exports_what_the_options_say(nasapi, here):
    completed = nasapi("build", SPACE, CELL, "-o", "model.pt2", "--classes", "7", "--side=5")
    network = torch.export.load(here / "model.pt2").module()
    assert network(torch.zeros(4, 1, 5, 5)).shape == (4, 7)
    assert "n x 1 x 5 x 5" in completed
    assert "drawn with seed 0\n" in completed
    assert "model.pt2" in completed


def test_the_same_seed_writes_the_same_weights_which_can_be_exported(nasapi, here):
    for name in ("a", "b", "c"):
        nasapi("build", SPACE, CELL, "-o", f"{name}.safetensors", "--seed", "4" if name == "c" else "3")
    one, same, other = ((here / f"{name}.safetensors").read_bytes() for name in ("a", "b", "c"))
    assert one == same != other
    assert "a.safetensors" in nasapi("build", SPACE, CELL, "-o", "model.pt2", "--weights", "a.safetensors")
    for name in ("a.safetensors", "model.pt2"):  # weights may have taken days to train
        before = (here / name).read_bytes()
        with pytest.raises(StoreError, match="is there already; name a file that is not"):
            nasapi("build", SPACE, CELL, "-o", name, "--seed", "5")
        assert (here / name).read_bytes() == before
    assert (here / "model.pt2").is_file()
    with pytest.raises(InvalidArchitecture, match="has the weights of toy"):
        nasapi("build", SPACE, "skip|skip|conv", "-o", "other.pt2", "--weights", "a.safetensors")


def test_info_counts_the_network_of_an_architecture(nasapi):
    counted = json.loads(nasapi("info", SPACE, CELL, "--classes", "3", "--json"))
    assert (counted["parameters"], counted["multiply-additions"], counted["flops"]) == (123, 108, 216)
    assert counted["network's classes"] == 3


def test_an_architecture_is_written_in_a_notation_that_is_named(nasapi, here):
    code = str(Toy().parse(CELL).tolist())
    assert json.loads(nasapi("info", SPACE, code, "--notation", "code", "--json"))["architecture"] == CELL
    nasapi("build", SPACE, code, "--notation", "code", "-o", "a.safetensors")
    nasapi("build", SPACE, CELL, "-o", "b.safetensors")
    assert (here / "a.safetensors").read_bytes() == (here / "b.safetensors").read_bytes()
    for verb in (("info", SPACE, code), ("build", SPACE, code, "-o", "c.safetensors")):
        with pytest.raises(InvalidArchitecture):
            nasapi(*verb, "--notation", "string")
    with pytest.raises(InvalidOption, match="--notation says how an ARCH is written; name one"):
        nasapi("info", SPACE, "--notation", "code")


@pytest.mark.parametrize("verb", ["build", "info"])
def test_help_lists_the_arguments_of_the_builder(nasapi, verb):
    words = [SPACE] if verb == "build" else [SPACE, CELL]
    assert re.search(r"^  --side VALUE +Default 4\.$", nasapi(verb, *words, "--help"), re.MULTILINE)
    assert "--side VALUE" not in nasapi(verb, "--help")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("build", "toy", CELL, "-o", "a.pt2"), NotAvailable, "toy builds no networks"),
        (("info", "toy", "no cell"), NotAvailable, "toy builds no networks"),
        (("build", SPACE, "conv", "-o", "a.pt2"), InvalidArchitecture, "has 1 operations"),
        (("build", SPACE, CELL, "-o", "a.py"), InvalidOption, r"no file .pt2, .onnx or .safetensors"),
        (("build", SPACE, CELL, "-o", "."), InvalidOption, r"no file .pt2, .onnx or .safetensors"),
        (("build", SPACE, CELL, "-o", "folder.pt2"), StoreError, "is a folder"),
        (("build", SPACE, CELL, "-o", "a.pt2", "--weights", "gone"), NotAvailable, "There is no file 'gone'"),
        (("build", SPACE, CELL, "-o", "a.pt2", "--weights", "folder.pt2"), NotAvailable, r"'folder\.pt2' is no file"),
        (
            ("build", SPACE, CELL, "-o", "a.pt2", "--weights", "gone", "--seed", "0"),
            InvalidOption,
            "--seed is that of weights that are drawn; leave it or --weights out",
        ),
    ],
)
def test_what_cannot_be_built_is_reported_and_nothing_is_written(nasapi, here, arguments, error, message):
    (here / "folder.pt2").mkdir()
    before = sorted(here.iterdir())
    with pytest.raises(error, match=message):
        nasapi(*arguments)
    assert sorted(here.iterdir()) == before


def test_options_of_a_builder_are_there_once_an_architecture_is_named(nasapi):
    with pytest.raises(click.NoSuchOption, match="No such option"):
        nasapi("info", SPACE, "--side", "5")
    assert json.loads(nasapi("info", SPACE, CELL, "--side", "5", "--json"))["network's side"] == 5
