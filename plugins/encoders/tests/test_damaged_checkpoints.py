"""Damaged checkpoints: every one is refused in a sentence that says what is wrong and how to make a right one."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from nasapi_encoders.svge import SVGe
from nasapi_encoders.vgae import VGAE
from safetensors import safe_open
from safetensors.torch import load, save

from nasapi.errors import CorruptData
from nasapi.testing.toy import Toy

TOY = Toy()
KINDS = {"svge": SVGe, "vgae": VGAE}


@pytest.fixture(scope="module", params=["svge", "vgae"])
def sound(request, tmp_path_factory):
    """(kind, bytes, metadata) of a checkpoint that loads."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("sound") / "weights.safetensors"
    made = KINDS[request.param](TOY, steps=1, batch=8, hidden=8, latent=4, checkpoint=None)
    made.fit(TOY.sample(30, rng), rng).save(str(path))
    with safe_open(path, "pt") as file:
        return request.param, path.read_bytes(), file.metadata()


@pytest.fixture
def refused(sound, tmp_path):
    """Give a function that writes a file of these metadata and weights, and the words by which it is refused."""
    kind, data, metadata = sound

    def words(message: dict[str, str | None], weights: dict[str, torch.Tensor | None]) -> str:
        path = tmp_path / "weights.safetensors"
        texts = {key: text for key, text in {**metadata, **message}.items() if text is not None}
        tensors = {name: tensor for name, tensor in {**load(data), **weights}.items() if tensor is not None}
        path.write_bytes(save(tensors, texts))
        with pytest.raises(CorruptData) as caught:
            KINDS[kind](TOY, checkpoint=str(path))
        text = str(caught.value)
        start, end = f"Checkpoint {str(path)!r} ", f"; make one with 'nasapi pretrain toy -e {kind}'."
        assert text.startswith(start)
        assert text.endswith(end)
        return text[len(start) : -len(end)]

    return words


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("nasapi", "does not say that it is for format '1'"),
        ("kind", "does not say that it is for encoder '"),
        ("space", "does not say that it is for space 'toy'"),
        ("cardinalities", "does not say that it is for version of toy '[3, 3, 3]'"),
        ("fingerprint", "does not say that it is for version of toy '"),
        ("probes", "has no probes"),
        ("sizes", "has no sizes"),
    ],
)
def test_a_file_that_does_not_say_what_it_is_for_is_refused(refused, key, words):
    assert refused({key: None}, {}).startswith(words)


@pytest.mark.parametrize("key", ["probes", "sizes"])
@pytest.mark.parametrize("text", ["", "[[0, 1", "{'latent': 4}", "[" * 100_000, "9" * 10_000])
def test_a_text_that_is_not_json_is_refused(refused, key, text):
    assert refused({key: text}, {}).startswith(f"has {key} that are not JSON, ")


@pytest.mark.parametrize("probes", ["null", "{}", "3", "[]", '["a"]', "[[0, 1, 2], [0]]", "[[0, 1]]", "[[0, 1, NaN]]"])
def test_probes_that_are_no_codes_are_refused(refused, probes):
    assert "which are no codes" in refused({"probes": probes}, {})


@pytest.mark.parametrize("gene", [-1, 3, 10**30])
def test_probes_outside_the_space_are_refused(refused, gene):
    assert f"has the probes [[0, 1, {gene}]], which are no codes" in refused({"probes": f"[[0, 1, {gene}]]"}, {})


def test_probes_of_other_codes_are_refused(refused):
    assert refused({"probes": "[[0, 1, 2]]"}, {}).startswith("is for version of toy '")


@pytest.mark.parametrize("sizes", ["null", "[]", "4", '"small"'])
def test_sizes_without_names_are_refused(refused, sizes):
    assert "which its weights do not have" in refused({"sizes": sizes}, {})


@pytest.mark.parametrize("name", ["latent", "hidden", "layers", "canonical"])
@pytest.mark.parametrize("value", [None, 0, -1, 2.5, "4", [4], math.nan])
def test_a_size_that_no_encoder_has_is_refused(sound, refused, name, value):
    sizes = json.loads(sound[2]["sizes"]) | {name: value}
    assert f"as {name!r} of {sound[0]}" in refused({"sizes": json.dumps(sizes)}, {})


@pytest.mark.parametrize("name", ["latent", "hidden", "layers"])
def test_a_size_that_the_weights_do_not_have_is_refused(sound, refused, name):
    sizes = json.loads(sound[2]["sizes"])
    assert "weights" in refused({"sizes": json.dumps(sizes | {name: sizes[name] + 1})}, {})
    assert "which its weights do not have" in refused({"sizes": json.dumps(sizes | {name: 10**9})}, {})


def test_a_file_without_weights_is_refused(sound, refused):
    assert "which its weights do not have" in refused({}, dict.fromkeys(load(sound[1])))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda weight: None, "lacks the weights '{}'"),
        (lambda weight: weight[:-1].contiguous(), "has weights '{}' of "),
        (lambda weight: weight.double(), "torch.float64, not "),
        (lambda weight: weight.long(), "torch.int64, not "),
        (lambda weight: weight * math.nan, "has weights '{}' that are not all finite numbers"),
        (lambda weight: weight.index_fill(0, torch.tensor([0]), math.inf), "has weights '{}' that are not all finite"),
    ],
)
def test_weights_that_do_not_fit_are_refused(sound, refused, change, words):
    name, weight = sorted(load(sound[1]).items())[0]
    assert words.format(name) in refused({}, {name: change(weight)})


def test_of_several_weights_that_lack_the_first_by_name_is_shown(sound, refused):
    first, *_, last = sorted(load(sound[1]))
    assert refused({}, {first: None, last: None}) == f"lacks the weights {first!r}"


def test_weights_that_the_encoder_does_not_have_are_refused(refused):
    assert refused({}, {"more": torch.zeros(2)}) == "has unknown weights 'more'"


@given(data=st.data())
def test_a_file_with_wrong_bytes_loads_or_is_refused(sound, tmp_path_factory, data):
    kind, whole, _ = sound
    path = tmp_path_factory.mktemp("bytes") / "weights.safetensors"
    header = 8 + int.from_bytes(whole[:8], "little")
    start = data.draw(st.integers(0, header))
    wrong = data.draw(st.binary(min_size=1, max_size=8))
    path.write_bytes((whole[:start] + wrong + whole[start + len(wrong) :])[: data.draw(st.integers(0, len(whole)))])
    try:
        KINDS[kind](TOY, checkpoint=str(path))
    except CorruptData as error:
        assert str(path) in str(error)
