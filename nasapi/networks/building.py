"""A space's builder: an architecture and arguments to an untrained torch network, all checked before it is made."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from nasapi.errors import InterfaceError, InvalidOption, NotAvailable, PluginError, near
from nasapi.networks.seeds import require_seed
from nasapi.options import Described, checked, described
from nasapi.space import Code, SearchSpace

if TYPE_CHECKING:
    from torch import nn

Builder = Callable[..., Any]
_LARGE = 1_000, 20_000
"""An argument, and a product of two, such as channels and cells, from which it is looked at how large weights are."""
_TOO_LARGE = (
    "allocate memory",
    "Storage size calculation overflowed",
    "numel: integer multiplication overflow",
    "Overflow when unpacking long",
)
"""What torch says of weights that no memory holds."""


def build(space: SearchSpace, code: ArrayLike, *, seed: int | None = None, **arguments: Any) -> nn.Module:
    """The network of one architecture, untrained, on the CPU and in training mode.

    Its output is (n, classes): a row of logits for each image, node or position of a text. `arguments` are those of the
    space's builder (`arguments_of`), each with the published skeleton's value as its default. `seed` draws the weights
    from a generator of its own, whose state is not the caller's: the same seed, the same weights, and torch's global
    generator is as it was. Without a seed they come from the global generator, as in any torch module.

    Raises NotAvailable where the space builds no networks or torch is not installed, InvalidArchitecture for a code
    outside the space, InvalidOption for an argument that the builder does not have, a value outside its range or a
    network that is larger than memory.
    """
    builder = builder_of(space)
    from torch import nn

    _demand_known(space, builder, arguments)
    if seed is not None:
        seed = require_seed(seed)
    genes = space.require(np.asarray(code)[None])[0]
    with within_memory(space, arguments):
        if _may_be_large(builder, arguments):
            _demand_memory(checked(builder), genes, arguments)
        with _drawing_from(seed):
            network = checked(builder)(genes, **arguments)
    if not isinstance(network, nn.Module):
        raise InterfaceError(f"The builder {space.builder} gave {network!r:.80}; wanted a torch.nn.Module.")
    return network


def builder_of(space: SearchSpace) -> Builder:
    """The function that a space names as its builder.

    Raises InvalidOption for what is no space, NotAvailable where it names none or torch is not installed, PluginError
    where there is no such function.
    """
    if not isinstance(space, SearchSpace):
        raise InvalidOption(f"Networks are built of a space, as nasapi.load_space gives it, not of {space!r:.80}.")
    if space.builder is None:
        raise NotAvailable(
            f"{space.id} builds no networks, for it names no `builder`; `nasapi info` says of a space whether it does."
        )
    module, _, name = space.builder.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "torch":
            raise PluginError(f"The builder {space.builder} of {space.id} cannot be imported: {error}.") from error
        raise NotAvailable(
            f"{space.id} builds its networks with torch, which is not installed; `pip install torch`."
        ) from error
    except AttributeError as error:
        raise PluginError(f"The builder {space.builder} of {space.id} is not there: {error}.") from error
    if not callable(found):
        raise PluginError(f"The builder {space.builder} of {space.id} is {found!r:.80}, which is no function.")
    builder: Builder = found
    return builder


def arguments_of(space: SearchSpace) -> dict[str, Described]:
    """What a space's builder takes beside the code, by name: what may be given, the default, what it is for."""
    return {one.name: one for one in described(builder_of(space), skip=1)}


def settled(space: SearchSpace, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments of a space's builder: those that are given, numpy's as Python's, and the defaults of the others.

    Where a default depends on another argument it is None, and the builder's module says what it comes to by a function
    `settled` of all arguments.
    """
    builder = builder_of(space)
    _demand_known(space, builder, arguments)
    given = {name: value.item() if isinstance(value, np.generic) else value for name, value in arguments.items()}
    values = {name: one.default for name, one in arguments_of(space).items()} | given
    settle = getattr(importlib.import_module(builder.__module__), "settled", None)
    return dict(settle(values)) if callable(settle) else values


def _demand_known(space: SearchSpace, builder: Builder, arguments: Mapping[str, Any]) -> None:
    """Raise InvalidOption with near matches for an argument that a builder does not have."""
    parameters = inspect.signature(builder).parameters.values()
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        return
    known = [parameter.name for parameter in parameters][1:]
    for name in arguments:
        if name not in known:
            raise InvalidOption(f"Networks of {space.id} have no argument {name!r}. {near(name, known)}")


def _may_be_large(builder: Builder, arguments: Mapping[str, Any]) -> bool:
    """Whether a network of these arguments, and the builder's defaults, may be one that no memory holds."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(builder).parameters.items()}
    numbers = [value for value in {**defaults, **arguments}.values() if isinstance(value, int | np.integer)]
    largest = sorted(map(int, numbers))[-2:]
    return bool(largest) and (largest[-1] > _LARGE[0] or prod(largest) > _LARGE[1])


def _demand_memory(builder: Builder, genes: Code, arguments: Mapping[str, Any]) -> None:
    """Raise MemoryError for weights beyond memory, which the system would grant, and then end the process."""
    import torch

    if torch.get_default_device().type == "meta":
        return  # no weights are made
    with torch.device("meta"):
        network = builder(genes, **arguments)
    bytes_wanted = sum(weights.numel() * weights.element_size() for weights in network.parameters())
    if "SC_PHYS_PAGES" in os.sysconf_names and bytes_wanted > os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"):
        raise MemoryError(f"{bytes_wanted:,} bytes of weights")


@contextmanager
def within_memory(space: SearchSpace, arguments: Mapping[str, Any]) -> Iterator[None]:
    """Raise InvalidOption where torch, which has no error of its own for that, finds no memory for the weights."""
    try:
        yield
    except (MemoryError, RuntimeError, TypeError) as error:
        if not isinstance(error, MemoryError) and not any(words in str(error) for words in _TOO_LARGE):
            raise
        given = ", ".join(f"{name}={value}" for name, value in arguments.items())
        raise InvalidOption(
            f"The network of {space.id} with {given} is larger than memory; make it smaller."
        ) from error


@contextmanager
def _drawing_from(seed: int | None) -> Iterator[None]:
    """Torch's global generator in the state that a seed gives, for as long as the block lasts; as it is without one."""
    if seed is None:
        yield
        return
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # `torch.manual_seed` would seed the GPUs too
        yield
