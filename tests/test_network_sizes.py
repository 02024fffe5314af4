"""Networks of every kind: what is counted, what inputs they take, where weights go, and what is not exported."""

import inspect
import json
import logging
import sys
import warnings

import pytest

from nasapi import networks
from nasapi.errors import CorruptData, InterfaceError, InvalidArchitecture, InvalidOption, NotAvailable
from nasapi.networks import exporting
from nasapi.networks.images import require_side
from nasapi.testing.toy import Toy

torch = pytest.importorskip("torch", reason="torch is not installed: pip install torch")

CODE = [2, 1, 2]
HERE = __name__


class Kept(torch.nn.Module):
    """A layer that is trained, one that is not, and a batch norm; takes rows of four numbers."""

    def __init__(self, classes):
        super().__init__()
        self.frozen = torch.nn.Linear(4, 3, bias=False).requires_grad_(False)
        self.norm = torch.nn.BatchNorm1d(3)
        self.classifier = torch.nn.Linear(3, classes)

    def forward(self, rows):
        return self.classifier(self.norm(self.frozen(rows)))

    def example(self, n):
        return (torch.arange(4.0 * n).reshape(n, 4),)


class Forgetful(Kept):
    """Gives something else each time."""

    calls = 0

    def forward(self, rows):
        Forgetful.calls += 1
        return super().forward(rows) + float(Forgetful.calls)


def kept(code, *, classes=5):
    return Kept(classes)


def forgetful(code, *, classes=5):
    return Forgetful(classes)


def loose(code, **arguments):
    return Kept(arguments.get("classes", 5))


def space_of(name):
    return type("Other", (Toy,), {"builder": f"{HERE}:{name}"})()


KEPT = space_of("kept")


def test_parameters_are_what_is_trained_and_buffers_what_is_kept_beside_them():
    size = networks.count(KEPT, CODE)
    assert size.parameters == (3 + 3) + (3 * 5 + 5)
    assert size.buffers == 3 + 3 + 1
    assert size.multiply_additions == 4 * 3 + 3 * 5


def test_a_network_says_itself_what_it_takes():
    network = networks.build(KEPT, CODE)
    (rows,) = networks.example_inputs(KEPT, network, 3, {})
    assert rows.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


def test_images_are_the_same_each_time_of_the_size_that_is_asked_for_and_where_the_weights_are():
    space = type("Other", (Toy,), {"builder": "broken_builders:sound"})()
    given = {"inputs": 2, "side": 6}
    network = networks.build(space, CODE, **given)
    torch.rand(3)
    (one,) = networks.example_inputs(space, network, 3, given)
    (other,) = networks.example_inputs(space, network, 3, given)
    assert one.shape == (3, 2, 6, 6)
    assert torch.equal(one, other)
    assert 0.0 <= one.min() < 0.2 and 0.8 < one.max() < 1.0
    (away,) = networks.example_inputs(space, network.to("meta"), 1, given)
    assert away.device.type == "meta"


def test_what_a_builder_does_not_take_is_refused_before_anything_is_settled():
    with pytest.raises(InvalidOption, match=r"have no argument 'clases'\. Did you mean 'classes'"):
        networks.settled(KEPT, {"clases": 3})
    with pytest.raises(InvalidOption, match=r"have no argument 'code'"):
        networks.settled(KEPT, {"code": CODE})
    assert networks.build(space_of("loose"), CODE, classes=7, anything=3).classifier.out_features == 7


def test_without_torch_counting_and_building_say_how_to_get_it(monkeypatch):
    space = type("Other", (Toy,), {"builder": "broken_builders:sound"})()
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "broken_builders", raising=False)
    for ask in (networks.count, networks.build):
        with pytest.raises(
            NotAvailable, match=r"toy builds its networks with torch, which is not installed; `pip inst"
        ):
            ask(space, CODE)


def test_a_builder_without_a_seed_draws_from_the_global_generator():
    torch.manual_seed(0)
    one, other = (networks.build(KEPT, CODE).classifier.weight for _ in range(2))
    assert not torch.equal(one, other)
    assert inspect.signature(networks.build).parameters["seed"].default is None


@pytest.mark.parametrize("largest", [0, 2**32 - 1])
def test_the_smallest_and_the_largest_seed_are_seeds(largest):
    assert networks.build(KEPT, CODE, seed=largest) is not None


@pytest.mark.parametrize(("side", "stem", "least"), [(3, "cifar", 4), (15, "imagenet", 16)])
def test_images_that_a_stem_leaves_nothing_of_are_refused(side, stem, least):
    with pytest.raises(
        InvalidOption, match=f"`side` is a whole number from {least} with the stem '{stem}', not {side}"
    ):
        require_side(side, stem)
    require_side(least, stem)


# Weights


def test_buffers_are_kept_with_the_weights_and_the_same_network_gives_the_same_bytes(tmp_path):
    network = networks.build(KEPT, CODE, seed=1)
    network(torch.randn(20, 4))  # moves the running statistics
    paths = [networks.save_weights(tmp_path / name, network, KEPT, CODE) for name in ("one", "other")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    again = networks.load_weights(paths[0], KEPT, CODE)
    assert again.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor), name


def test_the_order_in_which_arguments_are_given_changes_no_bytes(tmp_path):
    space = space_of("loose")
    network = networks.build(space, CODE, seed=1)
    one = networks.save_weights(tmp_path / "one", network, space, CODE, classes=5, more=1)
    other = networks.save_weights(tmp_path / "other", network, space, CODE, more=1, classes=5)
    assert one.read_bytes() == other.read_bytes()


def test_a_file_says_whose_weights_it_has(tmp_path):
    from safetensors import safe_open

    path = networks.save_weights(tmp_path / "one", networks.build(KEPT, CODE, seed=1), KEPT, CODE)
    with safe_open(path, framework="pt") as file:
        parsed = json.loads(file.metadata()["nasapi"])
    assert parsed == {
        "format": "weights-1",
        "space": "toy",
        "architecture": "conv|skip|conv",
        "arguments": {"classes": 5},
    }


def test_weights_of_another_type_are_refused(tmp_path):
    with pytest.raises(InvalidOption, match=r"'\S+' is torch\.float64 \(\S+ \S+\) where torch\.float32"):
        networks.save_weights(tmp_path / "one", networks.build(KEPT, CODE).double(), KEPT, CODE)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_names_no_cell_of_the_space_is_refused(tmp_path):
    from safetensors.torch import save_file

    network = networks.build(KEPT, CODE)
    header = {"format": "weights-1", "space": "toy", "architecture": "no|cell", "arguments": {}}
    save_file(network.state_dict(), tmp_path / "one", {"nasapi": json.dumps(header)})
    with pytest.raises(InvalidArchitecture, match=r"has the weights of toy 'no\|cell', not of toy 'conv\|skip\|conv'"):
        networks.load_weights(tmp_path / "one", KEPT, CODE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"space": "x" * 200}, "has the weights of x{200} 'conv"),
        ({"space": "x" * 201}, "space is .*; wanted"),
        ({"format": "weights-0"}, "format is 'weights-0'"),
        ({"arguments": {str(number): 0 for number in range(100)} | {"classes": 7}}, "arguments"),
    ],
)
def test_what_a_file_says_is_of_a_size_that_is_read(tmp_path, changes, message):
    with pytest.raises((CorruptData, InvalidArchitecture, InvalidOption), match=message):
        networks.load_weights(weights_saying(tmp_path / "one", changes), KEPT, CODE)


@pytest.mark.parametrize(("letters", "message"), [(100_000, "has the weights of toy 'x"), (100_001, "at most 100,000")])
def test_a_file_may_say_as_much_as_a_long_architecture_takes(tmp_path, letters, message):
    around = len(json.dumps(METADATA | {"architecture": ""}))
    path = weights_saying(tmp_path / "one", {"architecture": "x" * (letters - around)})
    with pytest.raises((CorruptData, InvalidArchitecture), match=message):
        networks.load_weights(path, KEPT, CODE)


METADATA = {"format": "weights-1", "space": "toy", "architecture": "conv|skip|conv", "arguments": {}}


def weights_saying(path, changes):
    """A file of weights that says this of itself."""
    from safetensors.torch import save_file

    save_file(networks.build(KEPT, CODE).state_dict(), path, {"nasapi": json.dumps(METADATA | changes)})
    return path


def test_arguments_that_a_file_says_and_the_builder_has_not_are_passed_over(tmp_path):
    from safetensors.torch import save_file

    network = networks.build(KEPT, CODE, seed=1)
    header = {"format": "weights-1", "space": "toy", "architecture": "conv|skip|conv", "arguments": {"old": 1}}
    save_file(network.state_dict(), tmp_path / "one", {"nasapi": json.dumps(header)})
    loaded = networks.load_weights(tmp_path / "one", KEPT, CODE)
    assert torch.equal(loaded.classifier.weight, network.classifier.weight)


def test_without_safetensors_weights_say_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    with pytest.raises(NotAvailable, match=r"read and written with torch and safetensors: .*'nasapi\[networks\]'"):
        networks.load_weights(tmp_path / "one", KEPT, CODE)


# Exported files


@pytest.mark.parametrize("training", [True, False])
def test_a_network_that_takes_no_images_is_exported_as_it_evaluates_and_its_mode_stays(tmp_path, training):
    network = networks.build(KEPT, CODE, seed=1).train(training)
    path = networks.export(tmp_path / "model.pt2", network, KEPT)
    assert network.training is training
    inputs = network.example(3)
    with torch.no_grad():
        assert torch.equal(torch.export.load(path).module()(*inputs), network.eval()(*inputs))


def test_a_network_that_gives_something_else_when_it_was_read_back_is_not_written(tmp_path):
    space = space_of("forgetful")
    network = networks.build(space, CODE, seed=1)
    with pytest.raises(InterfaceError, match="The exported network gives other numbers than the network itself"):
        networks.export(tmp_path / "model.pt2", network, space)
    assert network.training
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("found", "alike"), [(0.0, True), (5e-5, True), (1e-2, False), (float("nan"), False), (None, False)]
)
def test_numbers_are_alike_within_a_tolerance_and_of_one_shape(found, alike):
    network, (rows,) = torch.nn.Identity(), Kept(5).example(2)
    other = rows[:1] if found is None else rows + found
    if alike:
        exporting._demand_alike(network, other, (rows,))
    else:
        with pytest.raises(InterfaceError, match="gives other numbers"):
            exporting._demand_alike(network, other, (rows,))


def test_warnings_of_torch_are_shown_again_afterwards():
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with exporting._quiet():
            assert logger.level == logging.ERROR
            warnings.warn("a part of torch", stacklevel=1)
        warnings.warn("something else", stacklevel=1)
    assert [str(one.message) for one in caught] == ["something else"]
    with pytest.raises(RuntimeError), exporting._quiet():
        raise RuntimeError
    assert logger.level == before
