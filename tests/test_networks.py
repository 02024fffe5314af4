"""Networks through the core: one door, sizes, weights and exported files of a small builder."""

import json
import os
import random
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from nasapi import networks
from nasapi.errors import (
    CorruptData,
    InterfaceError,
    InvalidArchitecture,
    InvalidOption,
    NotAvailable,
    PluginError,
    StoreError,
)
from nasapi.spaces.listed import ListedSpace
from nasapi.testing.randomness import touched_by
from nasapi.testing.toy import Toy

torch = pytest.importorskip("torch", reason="torch is not installed: pip install torch")

from broken_builders import for_one_number  # noqa: E402

CODE = [2, 1, 2]
METADATA = {"format": "weights-1", "space": "toy", "architecture": "conv|skip|conv", "arguments": {}}


class Builds(Toy):
    builder = "broken_builders:sound"


class Elsewhere(Builds):
    id = "elsewhere"


SPACE = Builds()


def weights(network):
    return torch.cat([one.flatten() for one in network.parameters()])


def test_the_core_imports_no_torch():
    program = "import sys, nasapi.networks, nasapi.cli.build, nasapi.cli.info; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"


def test_a_seed_gives_the_same_weights_and_leaves_the_global_generator_alone():
    first = networks.build(SPACE, CODE, seed=3)
    torch.rand(5)
    assert torch.equal(weights(first), weights(networks.build(SPACE, CODE, seed=3)))
    assert not torch.equal(weights(first), weights(networks.build(SPACE, CODE, seed=4)))
    assert touched_by(lambda: networks.build(SPACE, CODE, seed=3)) is None


def test_a_seed_is_what_torch_takes_for_it():
    torch.manual_seed(3)
    assert torch.equal(weights(networks.build(SPACE, CODE)), weights(networks.build(SPACE, CODE, seed=3)))


def test_arguments_reach_the_builder_and_are_listed():
    network = networks.build(SPACE, CODE, classes=7, side=5)
    assert network(torch.zeros(2, 1, 5, 5)).shape == (2, 7)
    assert {name: one.default for name, one in networks.arguments_of(SPACE).items()} == {
        "classes": 10,
        "inputs": 1,
        "side": 4,
    }
    assert networks.settled(SPACE, {"side": 5}) == {"classes": 10, "inputs": 1, "side": 5}


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"code": [2, 1, 9]}, InvalidArchitecture, "gene 2 is 9, but takes 0 to 2"),
        ({"code": [2, 0, 0]}, InvalidArchitecture, "no architecture of toy"),
        ({"code": [2.0, 1.0, 2.0]}, InvalidArchitecture, "takes integer codes, not float64"),
        ({"class": 3}, InvalidOption, "Networks of toy have no argument 'class'. Did you mean 'classes'?"),
        ({"seed": -1}, InvalidOption, "A seed is a whole number from 0 to 4294967295, not -1"),
        ({"seed": True}, InvalidOption, "A seed is a whole number from 0 to 4294967295, not True"),
        ({"seed": 2**32}, InvalidOption, r"A seed is a whole number from 0 to 4294967295, not 4294967296"),
    ],
)
def test_what_cannot_be_built_is_refused_before_anything_is_drawn(given, error, message):
    def refused():
        with pytest.raises(error, match=message):
            networks.build(SPACE, **({"code": CODE} | given))

    assert touched_by(refused) is None


def test_seeds_end_where_torch_takes_them_for_smaller_ones():
    most = networks.MOST_SEED
    last, beyond, first = (torch.Generator().manual_seed(seed) for seed in (most, most + 1, 0))
    assert torch.equal(torch.rand(3, generator=beyond), torch.rand(3, generator=first))
    assert not torch.equal(torch.rand(3, generator=last), torch.rand(3, generator=first))
    networks.build(SPACE, CODE, seed=most)


@pytest.mark.parametrize(
    ("builder", "error", "message"),
    [
        (None, NotAvailable, "toy builds no networks, for it names no `builder`"),
        ("no_such_module:build", PluginError, "no_such_module:build of toy cannot be imported: No module named"),
        ("broken_builders:nothing", PluginError, "broken_builders:nothing of toy is not there"),
        ("broken_builders:os", PluginError, "broken_builders:os of toy is <module 'os'.*, which is no function"),
        ("broken_builders:live", InterfaceError, "broken_builders:live gave 2; wanted a torch.nn.Module"),
    ],
)
def test_a_builder_that_is_none_is_named(builder, error, message):
    space = type("Other", (Toy,), {"builder": builder})()
    with pytest.raises(error, match=message):
        networks.build(space, CODE)


def test_a_network_that_no_memory_holds_is_refused_in_a_sentence():
    for make in (networks.build, networks.count):
        with pytest.raises(InvalidOption, match=f"The network of toy with classes={2**62} is larger than memory"):
            make(SPACE, CODE, classes=2**62)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with pytest.raises(InvalidOption, match=f"The network of toy with classes={memory} is larger than memory"):
        networks.build(SPACE, CODE, classes=memory)  # which the system would grant


def test_weights_beyond_memory_are_refused_before_they_are_made(monkeypatch):
    made = []

    def make(genes, classes: int = 10):
        made.append(torch.nn.Linear(classes, 1))
        return made[-1]

    monkeypatch.setitem(sys.modules, "made_here", SimpleNamespace(make=make))
    monkeypatch.setattr("os.sysconf", {"SC_PHYS_PAGES": 100, "SC_PAGE_SIZE": 100}.get)
    space = type("Made", (Toy,), {"builder": "made_here:make"})()
    assert networks.build(space, CODE, classes=2499).in_features == 2499
    with pytest.raises(InvalidOption, match="The network of toy with classes=2500 is larger than memory"):
        networks.build(space, CODE, classes=2500)
    assert [network.weight.device.type for network in made] == ["meta", "cpu", "meta"]


def test_arguments_that_are_large_together_are_looked_at(monkeypatch):
    made = []

    def make(genes, channels: int = 4, cells: int = 2):
        made.append(torch.nn.Linear(channels, cells))
        return made[-1]

    monkeypatch.setitem(sys.modules, "made_here", SimpleNamespace(make=make))
    monkeypatch.setattr("os.sysconf", {"SC_PHYS_PAGES": 100, "SC_PAGE_SIZE": 100}.get)
    space = type("Made", (Toy,), {"builder": "made_here:make"})()
    with pytest.raises(InvalidOption, match="The network of toy with channels=300, cells=200 is larger than memory"):
        networks.build(space, CODE, channels=300, cells=200)
    networks.build(space, CODE, channels=100)
    assert [network.weight.device.type for network in made] == ["meta", "cpu"]


def test_what_is_no_space_or_no_network_is_refused(tmp_path):
    for make in (networks.build, networks.count):
        with pytest.raises(InvalidOption, match=r"Networks are built of a space, as .* gives it, not of 'toy'"):
            make("toy", CODE)
    with pytest.raises(InvalidOption, match=r"What has weights to save is a torch\.nn\.Module, not int"):
        networks.save_weights(tmp_path / "w.safetensors", 3, SPACE, CODE)


def test_images_of_any_side_are_counted_without_memory_for_them():
    assert networks.count(SPACE, CODE, side=100_000).multiply_additions > 100_000**2
    for side in (10**10, 10**12, 10**20):
        with pytest.raises(InvalidOption, match="is larger than memory"):
            networks.count(SPACE, CODE, side=side)


def test_sizes_are_counted_without_weights_or_draws():
    size = networks.Size(parameters=0, buffers=0, flops=0)
    assert touched_by(lambda: networks.count(SPACE, CODE)) is None
    size = networks.count(SPACE, CODE, classes=3)
    layers = 16 * 4, 4 * 4, 4 * 4, 4 * 3
    assert (size.parameters, size.buffers) == (sum(layers) + 4 + 4 + 4 + 3, 0)
    assert (size.multiply_additions, size.flops) == (sum(layers), 2 * sum(layers))


def test_a_network_of_which_nothing_says_what_it_takes_is_named():
    space = type("Other", (Toy,), {"builder": "broken_builders:of_no_images"})()
    with pytest.raises(InterfaceError, match="Nothing says what networks of toy take"):
        networks.count(space, CODE)


def test_weights_come_back_into_exactly_their_network(tmp_path):
    path = tmp_path / "weights.safetensors"
    network = networks.build(SPACE, CODE, seed=1, classes=3)
    networks.save_weights(path, network, SPACE, CODE, classes=3)
    plain = path.read_bytes()
    networks.save_weights(path, network, SPACE, CODE, classes=np.int64(3))
    assert path.read_bytes() == plain
    again = networks.load_weights(path, SPACE, CODE, classes=3)
    assert torch.equal(weights(again), weights(network))
    with pytest.raises(
        InvalidArchitecture, match=r"has the weights of toy 'conv\|skip\|conv', not of toy 'skip\|skip\|conv'"
    ):
        networks.load_weights(path, SPACE, [1, 1, 2], classes=3)
    with pytest.raises(InvalidArchitecture, match=r"of toy 'conv\|skip\|conv', not of elsewhere"):
        networks.load_weights(path, Elsewhere(), CODE, classes=3)
    with pytest.raises(InvalidOption, match="with classes=3, not 10; give classes=3"):
        networks.load_weights(path, SPACE, CODE)


def test_weights_are_of_the_whole_space_wherever_the_architecture_is_listed(tmp_path):
    listed = ListedSpace(SPACE, [CODE, [0, 1, 2]], id="toy-two")
    network = networks.build(SPACE, CODE, seed=1)
    for number, (saved, loaded) in enumerate([(SPACE, listed), (listed, SPACE)]):
        path = networks.save_weights(tmp_path / str(number), network, saved, CODE)
        assert torch.equal(weights(networks.load_weights(path, loaded, CODE)), weights(network))
    assert (tmp_path / "0").read_bytes() == (tmp_path / "1").read_bytes()


def test_loading_weights_draws_nothing(tmp_path):
    path = networks.save_weights(tmp_path / "weights", networks.build(SPACE, CODE, seed=1), SPACE, CODE)
    assert touched_by(lambda: networks.load_weights(path, SPACE, CODE)) is None


def test_weights_of_another_network_are_not_saved_under_its_name(tmp_path):
    with pytest.raises(
        InvalidOption, match=r"not what toy builds with these arguments: there is no 'layers\.2\.weight'"
    ):
        networks.save_weights(tmp_path / "weights", networks.build(SPACE, [0, 1, 0]), SPACE, CODE)
    assert not list(tmp_path.iterdir())


def test_weights_of_strangers_are_compared_by_their_tensors(tmp_path):
    from safetensors.torch import save_file

    path = tmp_path / "weights.safetensors"
    state = networks.build(SPACE, CODE, seed=1).state_dict()
    save_file(state, path)
    assert torch.equal(
        weights(networks.load_weights(path, SPACE, CODE)), torch.cat([one.flatten() for one in state.values()])
    )
    save_file(state | {"more": torch.zeros(1)}, path)
    with pytest.raises(InvalidArchitecture, match="there is a 'more' that it does not have"):
        networks.load_weights(path, SPACE, CODE)
    save_file(state | {"classifier.bias": torch.zeros(3)}, path)
    with pytest.raises(
        InvalidArchitecture, match=r"'classifier.bias' is torch.float32 \(3,\) where torch.float32 \(10,\)"
    ):
        networks.load_weights(path, SPACE, CODE)


def test_files_that_hold_no_weights_are_named(tmp_path):
    path = tmp_path / "weights.safetensors"
    with pytest.raises(NotAvailable, match=r"There is no file '.*weights\.safetensors'"):
        networks.load_weights(path, SPACE, CODE)
    whole = networks.save_weights(path, networks.build(SPACE, CODE), SPACE, CODE).read_bytes()
    for content in (b"", b"{}", whole[:40], whole[:-1], whole + b"0", random.Random(0).randbytes(200)):
        path.write_bytes(content)
        with pytest.raises(CorruptData, match=r"'weights\.safetensors' is no whole safetensors file"):
            networks.load_weights(path, SPACE, CODE)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ("[1", "is no JSON"),
        ("[" * 50_000, "is no JSON"),
        ("3", "is 3; wanted an object with format"),
        (json.dumps(METADATA | {"format": "weights-2"}), "format is 'weights-2'; wanted one of 'weights-1'"),
        (json.dumps(METADATA | {"arguments": [1]}), "arguments is .*; wanted an object"),
        (json.dumps(METADATA | {"more": 1}), "has an unknown field 'more'"),
        (json.dumps(METADATA | {"space": "x" * 100_001}), "wanted at most 100,000 characters"),
    ],
)
def test_metadata_that_say_nothing_are_refused(tmp_path, metadata, message):
    from safetensors.torch import save_file

    save_file(networks.build(SPACE, CODE).state_dict(), tmp_path / "weights", {"nasapi": metadata})
    with pytest.raises(CorruptData, match=f"What 'weights' says of itself.*{message}"):
        networks.load_weights(tmp_path / "weights", SPACE, CODE)


def test_an_exported_network_runs_for_any_number_of_images(tmp_path):
    network = networks.build(SPACE, CODE, seed=1)
    path = networks.export(tmp_path / "model.pt2", network, SPACE)
    again = torch.export.load(path).module()
    assert network.training
    for n in (1, 2, 7):
        images = torch.rand(n, 1, 4, 4)
        assert torch.allclose(again(images), network(images), atol=1e-6)


def test_a_network_that_torch_cannot_follow_is_refused_in_a_sentence(tmp_path):
    network = for_one_number(CODE, inputs=1)
    with pytest.raises(InterfaceError, match=r"cannot be exported: .*Constraints violated.*, `len\(images\)` is a con"):
        networks.export(tmp_path / "model.pt2", network, SPACE)
    assert network.training
    assert not (tmp_path / "model.pt2").exists()


def test_what_is_in_the_way_of_a_file_stays(tmp_path):
    with pytest.raises(StoreError, match="is a folder"):
        networks.export(tmp_path, networks.build(SPACE, CODE), SPACE)


def test_onnx_without_its_packages_says_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(
        NotAvailable, match=r"ONNX is written with onnx and onnxscript: .*`pip install 'nasapi\[onnx\]'`"
    ):
        networks.export_onnx(tmp_path / "model.onnx", networks.build(SPACE, CODE), SPACE)


@pytest.mark.parametrize("training", [True, False])
def test_an_onnx_model_gives_what_the_network_gives_and_its_mode_stays(tmp_path, training):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'nasapi[onnx]'")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed: pip install 'nasapi[onnx]'")
    from onnx.reference import ReferenceEvaluator

    network = networks.build(SPACE, CODE, seed=1).train(training)
    model = onnx.load(networks.export_onnx(tmp_path / "model.onnx", network, SPACE))
    assert network.training is training
    ((images, scores),) = zip(model.graph.input, model.graph.output, strict=True)
    assert [size.dim_param or size.dim_value for size in images.type.tensor_type.shape.dim] == ["n", 1, 4, 4]
    assert scores.name == "logits"
    images = torch.rand(5, 1, 4, 4)
    (found,) = ReferenceEvaluator(model).run(None, {model.graph.input[0].name: images.numpy()})
    np.testing.assert_allclose(found, network(images).detach().numpy(), atol=1e-5)


def test_an_onnx_model_that_is_none_or_gives_other_numbers_is_not_written(tmp_path, monkeypatch):
    pytest.importorskip("onnx", reason="onnx is not installed: pip install 'nasapi[onnx]'")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed: pip install 'nasapi[onnx]'")
    for place, wrong, message in (
        ("onnx.reference.ReferenceEvaluator.run", lambda *_: [np.zeros((3, 10), np.float32)], "gives other numbers"),
        ("torch.onnx.export", lambda *_, **__: None, "torch.onnx gave no model of the network of toy"),
    ):
        monkeypatch.setattr(place, wrong)
        with pytest.raises(InterfaceError, match=message):
            networks.export_onnx(tmp_path / "model.onnx", networks.build(SPACE, CODE, seed=1), SPACE)
    assert list(tmp_path.iterdir()) == []


def test_threads_and_torchs_generator_are_put_back_whatever_happens_within():
    before = torch.get_num_threads()
    torch.manual_seed(7)
    wanted = torch.rand(3)
    torch.manual_seed(7)
    with pytest.raises(ZeroDivisionError), networks.on_threads(before + 2):
        assert torch.get_num_threads() == before + 2
        torch.manual_seed(1)
        torch.rand(9)
        raise ZeroDivisionError
    assert torch.get_num_threads() == before
    assert torch.equal(torch.rand(3), wanted)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_torch_has_gradients_and_float32_on_its_threads_whatever_the_caller_has_it_do(mode):
    torch.set_default_dtype(torch.float64)
    try:
        with mode():
            with networks.on_threads(1):
                weights = torch.ones(2, requires_grad=True)
                weights.square().sum().backward()
            assert not (weights * 1).requires_grad
        assert weights.grad.tolist() == [2.0, 2.0] and weights.dtype == torch.float32
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
