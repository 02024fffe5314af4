"""Checkpoints: what they hold, what is shipped, and what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from time import process_time

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from nasapi_encoders import checkpoint, corpus
from nasapi_encoders.svge import SVGe
from nasapi_encoders.vgae import VGAE
from safetensors.torch import save_file

import nasapi
from nasapi.cli.main import cli
from nasapi.errors import CorruptData, NotAvailable, StoreError
from nasapi.spaces import ListedSpace
from nasapi.testing.toy import Toy

TOY = Toy()
CODES = TOY.sample(8, np.random.default_rng(5))
_OTHERS = ("other.safetensors", "network.safetensors")
SMALL = {"steps": 3, "batch": 8, "hidden": 8, "latent": 4, "checkpoint": None}


class Renamed(Toy):
    id = "renamed"


class Changed(Toy):
    operations = ("input", "output", "none", "skip", "pool")


@pytest.fixture(params=[SVGe, VGAE])
def written(request, tmp_path):
    rng = np.random.default_rng(0)
    encoder = request.param(TOY, **SMALL).fit(TOY.sample(30, rng), rng)
    path = tmp_path / "weights.safetensors"
    encoder.save(str(path))
    return encoder, str(path)


def test_a_checkpoint_gives_the_encoder_back(written):
    encoder, path = written
    again = type(encoder)(TOY, checkpoint=path)
    codes = TOY.sample(20, np.random.default_rng(1))
    assert again.dim == encoder.dim
    assert (again.encode(codes) == encoder.encode(codes)).all()


def test_weights_that_are_read_decode_to_the_same_landmarks_for_every_reader(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "weights.safetensors"
    VGAE(TOY, **SMALL).fit(TOY.sample(30, rng), rng).save(str(path))
    encoder = VGAE(TOY, checkpoint=str(path), landmarks=4)
    landmarks = TOY.sample(4, np.random.default_rng(0))
    assert encoder.encode(encoder.decode(encoder.encode(landmarks), rng)).tolist() == encoder.encode(landmarks).tolist()
    every = encoder.decode(encoder.encode(np.concatenate(list(TOY.enumerate()))), rng)
    assert set(map(tuple, every.tolist())) <= set(map(tuple, landmarks.tolist()))


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (Renamed(), "is for space 'toy', not 'renamed'; make one with 'nasapi pretrain renamed -e "),
        (Changed(), r"is for version of toy '\w+\.\.\.\w+', not '\w+\.\.\.\w+'; make one with 'nasapi pretrain toy -e"),
    ],
)
def test_a_checkpoint_of_another_space_or_version_is_refused(written, space, words):
    encoder, path = written
    with pytest.raises(CorruptData, match=words):
        type(encoder)(space, checkpoint=path)


def test_a_checkpoint_of_the_other_encoder_is_refused(written):
    encoder, path = written
    other = VGAE if isinstance(encoder, SVGe) else SVGe
    with pytest.raises(CorruptData, match=r"is for encoder '\w+', not '\w+'"):
        other(TOY, checkpoint=path)


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "text.safetensors"
    path.write_text("not weights")
    with pytest.raises(
        CorruptData,
        match=r"text.safetensors' is not a checkpoint that can be read: .*; make one with 'nasapi pretrain toy -e",
    ):
        SVGe(TOY, checkpoint=str(path))


def test_a_missing_checkpoint_says_how_to_make_it(tmp_path):
    with pytest.raises(
        NotAvailable, match=r"There is no checkpoint '.*none-here'; make it with 'nasapi pretrain toy -e svge -o"
    ):
        SVGe(TOY, checkpoint=str(tmp_path / "none-here"))


def test_a_checkpoint_that_cannot_be_written_leaves_nothing(written, tmp_path):
    encoder, _ = written
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        encoder.save(str(tmp_path / "file" / "weights.safetensors"))


def test_a_checkpoint_takes_the_place_of_another_and_of_an_empty_file_and_of_nothing_else(written, tmp_path):
    encoder, path = written
    empty, damaged = tmp_path / "empty", tmp_path / "damaged"
    empty.write_text("")
    damaged.write_bytes(Path(path).read_bytes()[:4000] + bytes(8))
    code = TOY.sample(1, np.random.default_rng(1))
    for place in (empty, damaged):
        encoder.save(str(place))
        assert (type(encoder)(TOY, checkpoint=str(place)).encode(code) == encoder.encode(code)).all()
    with pytest.raises(StoreError, match="is a folder; name a file"):
        encoder.save(str(tmp_path))


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_a_checkpoint_is_as_readable_as_any_other_file(written, tmp_path, mask, mode):
    encoder, _ = written
    before = os.umask(mask)
    try:
        encoder.save(str(tmp_path / "shared.safetensors"))
    finally:
        os.umask(before)
    assert (tmp_path / "shared.safetensors").stat().st_mode & 0o777 == mode


class Half(Toy):
    def valid(self, codes):
        return super().valid(codes) & (codes[:, 0] == 0)


class Longer(Toy):
    cardinalities = (3, 3, 3, 3)


def test_a_part_of_the_space_takes_the_weights_of_the_whole(written):
    encoder, path = written
    assert type(encoder)(Half(), checkpoint=path).trained


def test_a_space_with_options_has_no_weights_of_the_plain_one_and_names_its_own_command():
    space = nasapi.load_space("nb101[vertices=5]")
    assert checkpoint.shipped("vgae", space) is None
    plain = checkpoint.shipped("vgae", nasapi.load_space("nb101"))
    assert plain is not None
    with pytest.raises(CorruptData, match=r"make one with 'nasapi pretrain nb101\[vertices=5\] -e vgae'"):
        checkpoint.load(plain, "vgae", space)


def test_a_listed_part_of_a_space_has_the_weights_of_the_whole():
    toy = Toy()
    part = ListedSpace(toy, np.concatenate(list(toy.enumerate()))[::2], id="toy-half")
    codes = part.sample(4, np.random.default_rng(0))
    assert checkpoint.fingerprint(part, codes) == checkpoint.fingerprint(toy, codes)


def test_codes_of_other_cardinalities_are_refused(written):
    encoder, path = written
    with pytest.raises(CorruptData, match=r"is for version of toy '\[3, 3, 3\]', not '\[3, 3, 3, 3\]'"):
        type(encoder)(Longer(), checkpoint=path)


def test_a_checkpoint_of_a_changed_format_is_refused(written, monkeypatch):
    encoder, path = written
    monkeypatch.setattr(checkpoint, "FORMAT", "2")
    with pytest.raises(CorruptData, match="is for format '1', not '2'"):
        type(encoder)(TOY, checkpoint=path)


@pytest.mark.parametrize(
    ("space", "encoder"),
    [("nb201", "svge"), ("nb201", "vgae"), ("nb101", "svge"), ("nb101", "vgae"), ("graph", "svge")],
)
def test_the_shipped_checkpoints_load_and_decode(space, encoder):
    found = pytest.importorskip(f"nasapi_{space}") and nasapi.load_space(space)
    loaded = nasapi.load_encoder(encoder, found)
    codes = found.sample(50, np.random.default_rng(0))
    decoded = loaded.decode(loaded.encode(codes), np.random.default_rng(0))
    assert found.valid(decoded).all()
    assert checkpoint.shipped(encoder, found).stat().st_size < 2**20


def test_the_shipped_generator_reconstructs_nb201():
    pytest.importorskip("nasapi_nb201")
    space = nasapi.load_space("nb201")
    encoder = nasapi.load_encoder("svge", space)
    codes = space.sample(500, np.random.default_rng(0))
    assert (encoder.likeliest(encoder.encode(codes)) == codes).all(axis=1).mean() > 0.99


@pytest.mark.parametrize("encoder", ["svge[steps=3,hidden=8]", "vgae[steps=3,hidden=8]"])
def test_the_verb_pretrain_writes_a_checkpoint_and_what_it_is_worth(tmp_path, encoder):
    path = str(tmp_path / "toy.safetensors")
    options = ["-n", "50", "--objective", "toy/formula", "-o", path, "--json"]
    began = process_time()
    result = CliRunner().invoke(cli, ["pretrain", "toy", "-e", encoder, *options])
    took = process_time() - began
    assert result.exit_code == 0, result.output
    assert -1 <= json.loads(result.output)["edit spearman"] <= 1
    assert json.loads(result.output)["checkpoint"] == path
    seconds = json.loads(result.output)["CPU seconds"]
    assert 0 <= seconds <= took and seconds == round(seconds, 2)
    assert nasapi.load_encoder(encoder.partition("[")[0], TOY, checkpoint=path).dim


def test_the_verb_pretrain_names_its_defaults_and_bounds():
    shown = " ".join(CliRunner().invoke(cli, ["pretrain", "--help"]).output.split())
    assert "Uniform codes to learn. [default: 50000; x>=1]" in shown
    assert "Decides samples and weights. [default: 0; x>=0]" in shown


def test_the_verb_pretrain_refuses_an_encoder_without_weights():
    result = CliRunner().invoke(cli, ["pretrain", "toy", "-e", "genes"])
    assert "Encoder 'genes' has no weights to train; choose svge or vgae" in str(result.exception)


def test_the_verb_pretrain_refuses_weights_to_begin_with():
    result = CliRunner().invoke(cli, ["pretrain", "toy", "-e", "svge[steps=1,checkpoint=a.safetensors]"])
    assert "New weights begin with none that are there; leave 'checkpoint' out" in str(result.exception)


def test_the_verb_pretrain_refuses_an_objective_of_another_space_before_it_trains(tmp_path):
    pytest.importorskip("nasapi_nb201")
    path = tmp_path / "toy.safetensors"
    result = CliRunner().invoke(cli, ["pretrain", "toy", "--objective", "nb201/cifar10", "-o", str(path)])
    assert "Objective 'nb201/cifar10' measures architectures of nb201, not of toy" in str(result.exception)
    assert not path.exists()


def test_the_verb_pretrain_takes_different_networks_and_names_the_file_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words, drawn in ((("--networks",), corpus.networks), ((), Toy.sample)):
        result = CliRunner().invoke(cli, ["pretrain", "toy", "-e", "svge[steps=1]", "-n", "40", *words])
        assert result.exit_code == 0, result.output
        assert [path.name for path in tmp_path.iterdir()] == ["toy-svge.safetensors"]
        rng = np.random.default_rng(0)
        by_hand = SVGe(TOY, steps=1, checkpoint=None).fit(drawn(TOY, 40, rng), rng)
        read = SVGe(TOY, checkpoint="toy-svge.safetensors")
        assert np.array_equal(read.encode(CODES), by_hand.encode(CODES))


@pytest.mark.parametrize("place", ["file/x", "nodir/../thesis.tex", "thesis.tex", "/dev/null", *_OTHERS])
def test_the_verb_pretrain_refuses_a_place_before_it_trains(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    for name in ("file", "thesis.tex"):
        (tmp_path / name).write_text("years of work")
    save_file({"weights": torch.zeros(3)}, tmp_path / "other.safetensors")
    metadata = {"nasapi": '{"format": "weights-1", "space": "nb201"}'}  # as `nasapi build` writes it
    save_file({"weights": torch.zeros(3)}, tmp_path / "network.safetensors", metadata)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    unending = ["pretrain", "toy", "-e", "svge[steps=1000000]", "-o", place]
    result = CliRunner().invoke(cli, unending, standalone_mode=False)
    assert isinstance(result.exception, StoreError), result.exception
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
