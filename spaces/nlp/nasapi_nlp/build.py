"""Builds the language models of NAS-Bench-NLP in torch: a recurrent cell in three layers between tied embeddings."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Annotated

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nasapi import options as option
from nasapi.space import Code
from nasapi_nlp.cells import BLEND, LINEAR, OPERATIONS, PRODUCT, SUM, Cells, X, split
from nasapi_nlp.space import NLP

States = list[tuple[Tensor, ...]]
"""For each layer its hidden states, each (batch, width)."""

_SHARE = "The share of {} that training mode drops, one draw for all steps."


@option.checked
def build(
    code: Code,
    *,
    channels: Annotated[int, option.count(help="Width of the hidden states of all layers but the last.")] = 600,
    cells: Annotated[int, option.count(help="Layers, each a cell of its own weights.")] = 3,
    classes: Annotated[
        int, option.count(help="Words of the vocabulary: 33,278 of WikiText-2, 10,000 of Penn TreeBank.")
    ] = 33_278,
    embedding: Annotated[int, option.count(help="Width of the words' vectors and of the last layer.")] = 400,
    dropout: Annotated[float, option.number(help=_SHARE.format("the last layer's output"), least=0, below=1)] = 0.1,
    dropout_embedding: Annotated[float, option.number(help=_SHARE.format("the embedding"), least=0, below=1)] = 0.4,
    dropout_hidden: Annotated[
        float, option.number(help=_SHARE.format("what goes from layer to layer"), least=0, below=1)
    ] = 0.25,
    dropout_weights: Annotated[
        float, option.number(help=_SHARE.format("the matrices on hidden states"), least=0, below=1)
    ] = 0.1,
) -> nn.Module:
    """The language model of one cell, untrained, in training mode: words to logits of the words that follow.

    Klyuchnikov et al., NAS-Bench-NLP, 2020, section 3.2, after AWD-LSTM (Merity, Keskar & Socher, ICLR 2018); the
    defaults are those of the WikiText-2 runs. `forward(words)` takes indices (steps, batch) and gives logits
    (steps * batch, classes) from zero states; `advance(words, states)` gives the states to go on from, too. A linear
    node has a matrix for each of its inputs and one bias, and h_new_0 is what a layer hands on. Cells are built from
    the canonical code. Weights are drawn from torch's global generator, uniformly as in the published code: those of a
    layer within 1 / sqrt(width), those of the embedding within 0.1.

    Raises InvalidArchitecture for a code outside the space, InvalidOption for an option outside its range.
    """
    genes = np.asarray(code)
    space = NLP(max(genes.size // 4, 2), genes.size % 4 or 3)
    cell = split(space.canonical(space.require(genes[None])), space.nodes)
    widths = [embedding, *[channels] * (cells - 1), embedding]
    shares = (dropout_embedding, dropout_hidden, dropout)
    return LanguageModel(cell, widths, classes, shares, dropout_weights)


class LanguageModel(nn.Module):
    """Embedding, layers of recurrent cells, and a classifier with the embedding's weights."""

    def __init__(
        self, cell: Cells, widths: list[int], classes: int, shares: tuple[float, float, float], dropped_weights: float
    ):
        """Layer i goes from `widths[i]` to `widths[i + 1]`; `shares` are dropped before, between and after them."""
        super().__init__()
        self.embedding = nn.Embedding(classes, widths[0])
        self.layers = nn.ModuleList(Layer(cell, before, after, dropped_weights) for before, after in pairwise(widths))
        self.bias = nn.Parameter(torch.zeros(classes))
        self.classes, self.shares = classes, shares
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)

    def forward(self, words: Tensor) -> Tensor:
        """Logits (steps * batch, classes) of what follows each of the words (steps, batch)."""
        return self.advance(words)[0]

    def advance(self, words: Tensor, states: States | None = None) -> tuple[Tensor, States]:
        """The logits, and the states after the last word; from zero states where none are given."""
        before, between, after = self.shares
        features = self._dropped(self.embedding(words), before)
        ends: States = []
        for place, layer in enumerate(self.layers):
            features, end = layer(features, None if states is None else states[place])
            ends.append(end)
            features = self._dropped(features, between if place < len(self.layers) - 1 else after)
        return functional.linear(features.flatten(0, 1), self.embedding.weight, self.bias), ends

    def example(self, n: int) -> tuple[Tensor, ...]:
        """Words (n, 1): one text of n steps, always the same."""
        return (torch.arange(n)[:, None] % self.classes,)

    def _dropped(self, features: Tensor, share: float) -> Tensor:
        """Features (steps, batch, width) with some of each text's made zero, the same in all steps."""
        if not (share and self.training):
            return features
        kept = features.new_empty(1, *features.shape[1:]).bernoulli_(1 - share)
        return features * kept / (1 - share)


class Layer(nn.Module):
    """One recurrent cell, run over the steps of a text."""

    def __init__(self, cell: Cells, inputs: int, outputs: int, dropped_weights: float):
        """The one cell of a batch, from `inputs` to `outputs` channels, as wide as its hidden states."""
        super().__init__()
        count = int(cell.count[0])
        self.ops: list[int] = cell.ops[0, :count].tolist()
        self.sources: list[list[int]] = [[one for one in row if one] for row in cell.inputs[0, :count].tolist()]
        self.hidden: list[int] = [cell.base + node - 1 for node in cell.hidden[0].tolist() if node]
        self.base, self.outputs, self.share = cell.base, outputs, dropped_weights
        self.matrices = nn.ParameterDict()
        self.biases = nn.ParameterDict()
        bound = outputs**-0.5
        for node, (op, sources) in enumerate(zip(self.ops, self.sources, strict=True)):
            if op == LINEAR:
                self.biases[str(node)] = nn.Parameter(torch.empty(outputs).uniform_(-bound, bound))
                for source in sources:
                    width = inputs if source == X else outputs
                    self.matrices[f"{node}<{source}"] = nn.Parameter(
                        torch.empty(outputs, width).uniform_(-bound, bound)
                    )

    def forward(self, features: Tensor, states: tuple[Tensor, ...] | None = None) -> tuple[Tensor, tuple[Tensor, ...]]:
        """What the first hidden state is at each step (steps, batch, outputs), and all states after the last."""
        if states is None:
            zeros = features.new_zeros(features.shape[1], self.outputs)
            states = tuple(zeros for _ in self.hidden)
        matrices = {name: self._dropped(name, matrix) for name, matrix in self.matrices.items()}
        given = []
        for step in features:
            states = self._step(step, states, matrices)
            given.append(states[0])
        return torch.stack(given), states

    def _step(self, features: Tensor, states: tuple[Tensor, ...], matrices: dict[str, Tensor]) -> tuple[Tensor, ...]:
        """The new hidden states from those before and the input (batch, inputs) of a step."""
        values: dict[int, Tensor] = {X: features, **{X + 1 + place: state for place, state in enumerate(states)}}
        for node, (op, sources) in enumerate(zip(self.ops, self.sources, strict=True)):
            terms = [values[source] for source in sources]
            if op == LINEAR:
                value = self.biases[str(node)]
                for source, term in zip(sources, terms, strict=True):
                    value = value + functional.linear(term, matrices[f"{node}<{source}"])
            elif op == BLEND:
                value = terms[0] * terms[1] + (1 - terms[0]) * terms[2]
            elif op in (PRODUCT, SUM):
                value = terms[0]
                for term in terms[1:]:
                    value = value * term if op == PRODUCT else value + term
            else:
                value = _ACTIVATIONS[OPERATIONS[op - 1]](terms[0])
            values[self.base + node] = value
        return tuple(values[source] for source in self.hidden)

    def _dropped(self, name: str, matrix: Tensor) -> Tensor:
        """A matrix with some of its weights made zero for this pass, where it is on a hidden state."""
        on_input = name.endswith(f"<{X}")
        return matrix if on_input else functional.dropout(matrix, self.share, self.training)


_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "activation_tanh": torch.tanh,
    "activation_sigm": torch.sigmoid,
    "activation_leaky_relu": functional.leaky_relu,
}
