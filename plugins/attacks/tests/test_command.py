"""`nasapi attack` on a trained network of a space: a table, notes, a figure, and sentences for what is wrong."""

from __future__ import annotations

import csv
import json
import re
import traceback
from pathlib import Path

import numpy as np
import pytest
from attrs import frozen
from click.testing import CliRunner, Result
from nasapi_attacks.command import command
from nasapi_attacks.data import read_images
from nasapi_attacks.weights import Taken
from nasapi_nb201.space import NB201
from torch import Tensor
from trained_networks import fit

from nasapi.errors import InvalidOption
from nasapi.networks import build, save_weights

ARCH = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
SKELETON = {"channels": 4, "cells": 1, "inputs": 1, "side": 8, "none": "zero"}


@frozen
class Files:
    weights: str
    images: str


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, digits: tuple[Tensor, Tensor]) -> Files:
    folder = tmp_path_factory.mktemp("attacked")
    space = NB201()
    network = build(space, space.parse(ARCH), seed=0, **SKELETON)
    images, labels = digits
    fit(network, images[:600], labels[:600], 3)
    weights = save_weights(folder / "cell.safetensors", network, space, space.parse(ARCH), **SKELETON)
    np.savez(folder / "digits.npz", images=(images[1000:1200] * 255).byte().numpy(), labels=labels[1000:1200].numpy())
    return Files(str(weights), str(folder / "digits.npz"))


def run(files: Files, *more: str, arch: str = ARCH, data: str | None = None) -> Result:
    words = ["nb201", arch, "--weights", files.weights, "--data", data or files.images, *more]
    return CliRunner().invoke(command, words)


def test_a_network_is_attacked_and_drawn(files: Files, tmp_path: Path) -> None:
    made = run(files, "-n", "60", "-a", "fgsm[eps=0.1],pgd[eps=0.1,steps=3]", "-o", str(tmp_path / "out"), "--json")
    assert made.exit_code == 0, made.output
    parsed = json.loads(made.stdout)
    accuracy = {row["metric"]: row["accuracy"] for row in parsed["rows"]}
    assert list(accuracy) == ["clean_accuracy", "fgsm_25.5_accuracy", "pgd_25.5_accuracy"]
    assert accuracy["clean_accuracy"] > 50 > accuracy["pgd_25.5_accuracy"]
    assert parsed["notes"] == [
        "fgsm[eps=0.1]: One step of the gradient: an upper bound of robust accuracy.",
        "pgd[eps=0.1,steps=3]: Its 3 steps travel 0.75 epsilon in all, less than from one side of the ball to the "
        "other, so that it fools fewer images than PGD can.",
    ]
    assert (parsed["of"], parsed["seed"]) == ("the first 60 images of digits.npz", 0)
    columns = ["images", "accuracy", "metric", "confidence right", "wrong", "calibration error", "CPU s"]
    assert [list(row) for row in parsed["rows"]] == [columns] * 3
    assert parsed["rows"][0]["CPU s"] == 0 < parsed["rows"][2]["CPU s"] < 60
    numbers = [row[name] for row in parsed["rows"] for name in ("accuracy", "confidence right", "calibration error")]
    assert numbers == [round(number, 3) for number in numbers]
    assert all(row["CPU s"] == round(row["CPU s"], 2) for row in parsed["rows"])
    assert accuracy["clean_accuracy"] * 60 % 100 == pytest.approx(0, abs=0.1)
    assert [f"Wrote {tmp_path / 'out' / name}." for name in ("attacked.svg", "attacked.png", "attacked.csv")] == [
        line for line in made.stderr.splitlines() if line.startswith("Wrote")
    ]
    table = list(csv.reader((tmp_path / "out/attacked.csv").read_text(encoding="utf-8").splitlines()))
    assert table[0] == columns and [row[2] for row in table[1:]] == list(accuracy)
    assert sorted(path.name for path in (tmp_path / "out").glob("[!.]*")) == [
        "attacked.csv",
        "attacked.png",
        "attacked.svg",
    ]
    assert (tmp_path / "out/attacked.png").read_bytes().startswith(b"\x89PNG")
    assert "FGSM, ε = 0.1" in (tmp_path / "out/attacked.svg").read_text()


def test_corruptions_stand_below_the_attacks(files: Files) -> None:
    made = run(files, "-n", "60", "-a", "fgsm[eps=0.02]", "--corruptions", "--severity", "1")
    assert made.exit_code == 0, made.output
    lines = made.output.splitlines()
    assert lines[0] == "Accuracy in percent on the first 60 images of digits.npz, seed 0."
    places = [
        next(at for at, line in enumerate(lines) if words in line)
        for words in ("clean_accuracy", "fgsm_5.1_accuracy", "brightness_1_accuracy", "shot_noise_1_accuracy")
    ]
    assert places == sorted(places)
    assert "shot noise, severity 1" in lines[places[-1]]
    assert lines[-1].startswith("fgsm[eps=0.02]: One step of the gradient")
    ends = {lines[at].index("_accuracy") - len(name) - 2 for at, name in zip(places, METRICS, strict=True)}
    assert len(ends) == 1  # numbers before the metrics end below one another


METRICS = ("clean", "fgsm_5.1", "brightness_1", "shot_noise_1")


def test_files_are_there_before_a_reader_may_leave(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def left(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", left)
    run(files, "-n", "5", "-a", "fgsm[eps=0.02]", "-o", str(tmp_path))
    assert {path.name for path in tmp_path.glob("[!.]*")} == {"attacked.svg", "attacked.png", "attacked.csv"}


def test_tables_of_others_are_named_before_minutes_of_attacks(files: Files, tmp_path: Path) -> None:
    (tmp_path / "attacked.csv").write_text("mine")
    made = run(files, "-n", "5", "-a", "fgsm[eps=0.02]", "-o", str(tmp_path), "--network", "side=nine")
    assert "attacked.csv' is there and was not written by nasapi" in str(made.exception)
    assert (tmp_path / "attacked.csv").read_text() == "mine"


def test_an_output_that_can_be_no_folder_is_named_before_minutes_of_attacks(files: Files, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    made = run(files, "-n", "5", "-a", "fgsm[eps=0.02]", "-o", str(tmp_path / "file" / "out"), "--network", "side=nine")
    assert "file" in str(made.exception) and "nine" not in str(made.exception)
    made = run(files, "-n", "5", "-a", "fgsm[eps=0.02]", "--network", "side=nine")
    assert str(made.exception) == "`side` of a network is a whole number, not 'nine'."


def test_images_are_bytes_or_numbers_from_0_to_1_and_splits_have_names(tmp_path: Path) -> None:
    path = str(tmp_path / "some.npz")
    taken = Taken(channels=1, side=2, classes=10)
    np.savez(path, images=np.array([[[[0, 51], [255, 0]]]] * 3, np.uint8), labels=np.arange(3, dtype=np.uint8))
    found = read_images(path, None, 2, taken)
    assert found.pixels[0].ravel().tolist() == pytest.approx([0, 0.2, 1, 0])
    assert (found.pixels.dtype, found.labels.dtype, found.labels.tolist()) == (np.float32, np.int64, [0, 1])
    assert found.title == "the first 2 images of some.npz"
    np.savez(path, images=np.array([[[[0, 0.25], [0.5, 1]]]]), labels=np.zeros(1, int))
    assert read_images(path, None, 9, taken).pixels.ravel().tolist() == [0, 0.25, 0.5, 1]
    with pytest.raises(InvalidOption, match="A split is one of test, valid, train, all, not 'tests'"):
        read_images("digits", "tests", 1, taken)
    part = read_images("digits", "valid", 7, Taken(channels=1, side=8, classes=10))
    assert part.title == "7 valid images of digits" and part.pixels.shape == (7, 1, 8, 8)


def test_what_a_file_says_of_itself_is_read_up_to_100000_characters(files: Files, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    for length, sentence in ((100_000, "has no 'format'"), (100_001, "wanted a JSON object with `arguments`")):
        header = '{"arguments": {}}'.ljust(length)
        save_file(load_file(files.weights), tmp_path / "long.safetensors", metadata={"nasapi": header})
        long = Files(str(tmp_path / "long.safetensors"), files.images)
        assert sentence in str(run(long).exception)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("-a", "pgd[eps=8]"), "write 8/255"),
        (("-a", "fgsm"), "needs an epsilon"),
        (("-a", "fgsm[eps=0.1],fgsm[eps=0.1]"), "would both be called"),
    ],
)
def test_wrong_attacks_are_named_before_anything_is_loaded(files: Files, more: tuple[str, ...], sentence: str) -> None:
    made = CliRunner().invoke(command, ["nb201", ARCH, "--weights", "none", "--data", "none", *more])
    assert sentence in str(made.exception or made.output)


def test_an_attack_that_does_not_fit_the_images_is_named_before_others_take_minutes(
    files: Files, tmp_path: Path
) -> None:
    with np.load(files.images) as given:
        wide = np.pad(given["images"], ((0, 0), (0, 0), (2, 2), (2, 2)))
        np.savez(tmp_path / "wide.npz", images=wide, labels=given["labels"])
    attacks = "pgd[eps=0.1,steps=1000000],square[norm=L2,eps=0.5]"
    made = run(files, "-n", "20", "-a", attacks, "--side", "12", data=str(tmp_path / "wide.npz"))
    assert isinstance(made.exception, InvalidOption)
    assert "a fifth of the height, which do not fit into images of 12 x 12 pixels" in str(made.exception)


def test_weights_of_another_cell_are_refused(files: Files) -> None:
    other = "|nor_conv_1x1~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|nor_conv_1x1~2|"
    assert "has the weights of nb201" in str(run(files, arch=other).exception)


def test_weights_of_another_space_are_named(files: Files) -> None:
    pytest.importorskip("nasapi_natssize")
    made = CliRunner().invoke(command, ["natssize", "8:8:8:8:8", "--weights", files.weights, "--data", files.images])
    assert "'cell.safetensors' has the weights of a network of 'nb201', not of natssize" in str(made.exception)


def test_corruptions_that_cannot_be_made_are_refused_before_the_attacks(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasapi_attacks.attacking.Target.attack", None)
    monkeypatch.setattr("nasapi_attacks.small_corruptions.corrupt", None)
    made = run(files, "-n", "20", "-a", "fgsm[eps=0.1]", "--corruptions")
    assert [frame.name for frame in traceback.extract_tb(made.exception.__traceback__)][-1] == "corrupt"  # type: ignore[union-attr]


def test_data_that_are_none_are_named(files: Files, tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    assert "holds x; wanted `images` and `labels`" in str(run(files, data=str(tmp_path / "other.npz")).exception)
    assert "There is no file" in str(run(files, data=str(tmp_path / "missing.npz")).exception)
    np.savez(tmp_path / "colour.npz", images=np.zeros((2, 3, 8, 8)), labels=np.zeros(2, int))
    assert "takes images of 1 channel, and those of" in str(run(files, data=str(tmp_path / "colour.npz")).exception)
    np.savez(tmp_path / "flat.npz", images=np.zeros((2, 8, 8)), labels=np.zeros(2, int))
    assert "Images have the shape (n, channels, h" in str(run(files, data=str(tmp_path / "flat.npz")).exception)
    for array in (np.array([[[["a"]]]]), np.zeros((1, 1, 8, 8), complex)):
        np.savez(tmp_path / "text.npz", images=array, labels=np.zeros(1, int))
        assert "wanted bytes, or numbers from 0 to 1" in str(run(files, data=str(tmp_path / "text.npz")).exception)
    np.savez(tmp_path / "single.npz", images=3.0, labels=3)
    assert "is a single number; wanted arrays of n" in str(run(files, data=str(tmp_path / "single.npz")).exception)
    np.savez(tmp_path / "words.npz", images=np.zeros((2, 1, 8, 8)), labels=np.zeros(2))
    assert "are float64; wanted whole numbers" in str(run(files, data=str(tmp_path / "words.npz")).exception)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty images of ten classes and of no one size, in grey and in colour."""
    from PIL import Image

    place = tmp_path_factory.mktemp("folder")
    rng = np.random.default_rng(0)
    for label in range(10):
        (place / str(label)).mkdir()
        for number in range(4):
            pixels = rng.integers(0, 256, (9 + label, 12, 3), np.uint8)
            image = Image.fromarray(pixels)
            (image.convert("L") if number % 2 else image).save(place / str(label) / f"{number}.png")
    return place


def test_a_folder_is_read_as_the_network_was_trained(files: Files, folder: Path) -> None:
    made = run(files, "--split", "all", "-a", "fgsm[eps=0.1]", data=f"{folder}/")
    assert made.exit_code == 0, made.exception
    assert f"Accuracy in percent on 40 images of {folder}/ at 8 x 8 pixels in grey, seed 0." in made.output
    larger = run(files, "--split", "all", "--side", "11", "-a", "fgsm[eps=0.1]", data=f"{folder}/")
    assert "40 images" in larger.output and "at 11 x 11 pixels in grey" in larger.output


def test_images_of_another_side_than_the_network_are_taken_where_that_is_said(files: Files, tmp_path: Path) -> None:
    np.savez(tmp_path / "large.npz", images=np.zeros((2, 1, 9, 9)), labels=np.zeros(2, int))
    large = str(tmp_path / "large.npz")
    sentence = "The network is given images of 8 x 8 pixels, and those of .* have 9 x 9; .* or say --side 9 if they are"
    assert re.search(sentence, str(run(files, data=large).exception))
    assert run(files, "--side", "9", "-a", "fgsm[eps=0.1]", data=large).exit_code == 0
    np.savez(tmp_path / "behind.npz", images=np.zeros((2, 8, 8, 1)), labels=np.zeros(2, int))
    behind = str(run(files, data=str(tmp_path / "behind.npz")).exception)
    assert "give them as (n, channels, height, width), with the channels in front" in behind
    assert "all of one split; leave --split out" in str(run(files, "--split", "test", data=large).exception)


def test_images_of_other_classes_than_the_network_are_refused(files: Files, folder: Path) -> None:
    fewer = folder.parent / "fewer"
    for label in range(3):
        (fewer / str(label)).parent.mkdir(exist_ok=True)
        (fewer / str(label)).symlink_to(folder / str(label))
    assert "tells 10 classes apart" in str(run(files, "--split", "all", data=f"{fewer}/").exception)
    assert "A split is one of test, valid" in str(run(files, "--split", "most", data=f"{fewer}/").exception)


def test_weights_that_are_none_are_named(files: Files, tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(b"not weights")
    bad = Files(str(tmp_path / "w.safetensors"), files.images)
    assert "is no whole safetensors file" in str(run(bad).exception)
    assert "There is no file" in str(run(Files("nowhere.safetensors", files.images)).exception)


def test_weights_that_say_nonsense_of_themselves_are_named(files: Files, tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    for header in ("[]", "{", '{"arguments": 3}'):
        save_file({"x": np.zeros(1)}, tmp_path / "odd.safetensors", metadata={"nasapi": header})
        odd = Files(str(tmp_path / "odd.safetensors"), files.images)
        assert "wanted a JSON object with `arguments`" in str(run(odd).exception)


def test_what_a_file_does_not_say_of_its_network_is_reported_beside_it(files: Files, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    save_file(load_file(files.weights), tmp_path / "bare.safetensors")
    bare = Files(str(tmp_path / "bare.safetensors"), files.images)
    message = "channels=4,cells=1,inputs=1,side=8,none=zero"
    completed = [
        run(bare, "-n", "20", "-a", "fgsm[eps=0.1]", "--json", "--network", text) for text in (message, "channels=4")
    ]
    assert json.loads(completed[0].stdout)["rows"][0]["accuracy"] > 50
    assert "has not the weights of" in str(completed[1].exception)
    assert "no argument 'chanels'" in str(run(bare, "--network", "chanels=4").exception)
