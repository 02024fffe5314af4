"""What the strategies of this package take from their paper, and where they depart from it or from its code."""

from __future__ import annotations

from nasapi.strategy import Paper

_TITLE = "Lukasik, Jung & Keuper, Learning Where To Look - Generative NAS is Surprisingly Efficient"
_WHERE = "ECCV 2022, arXiv:2203.08734"

_GENERATED = (
    "Batches are dense and padded, so that a graph's scores do not depend on the others of its batch; the authors' "
    "code hands hG and z of other rows to the edges' network, and shifts later graphs where a last node has no edge.",
    "The generator was pretrained anew by the published loss, optimiser and batch, but on at most 300,000 graphs in "
    "place of 2,500,000, and where no weights come along on 48,000; its weights are not the authors'.",
)
_SEARCHED = (
    "A round without any new candidate draws uniformly; the authors' code fails where a batch has no valid sample.",
    "Failed evaluations are left out of the data; the authors' tables have none.",
    "A goal without bounds is scaled by what has been seen, since the published accuracies lie in [0, 1].",
)
_BOOSTED = ("A round's candidates are scored as the pruned graphs that they are, like the data.",)
_VARIANTS = ("algorithm 1", "algorithm 3", "the variants XGB and XGB + ranking")
AGNET = Paper(
    _TITLE,
    _WHERE,
    ("algorithm 1", "algorithm 3", "search under hardware constraints"),
    departures=(
        *_GENERATED,
        *_SEARCHED,
        "Cells of DARTS are converted as they are: the authors' code takes parent 2 of the last node for parent 3, "
        "gives nodes the operations of their neighbours, and prunes a chosen cell by other scores than it was checked "
        "by.",
        "Recurrent cells keep no order of their hidden states and of a blend's sources; both go by the order of nodes.",
        "Under constraints predicted ranks are counted from 1 like those of the data; the authors' code counts from 0, "
        "and so never penalises the candidate of the best predicted accuracy.",
        "Under constraints a run's result is its best feasible architecture; the authors' code fails where there is "
        "none, and with two goals ignores the constraint.",
    ),
)
TREES = Paper(_TITLE, _WHERE, _VARIANTS, departures=(*_GENERATED, *_SEARCHED[:2], *_BOOSTED))
RANKING = Paper(
    _TITLE,
    _WHERE,
    _VARIANTS,
    departures=(
        *TREES.departures,
        "The ranking loss is left out: in the authors' code it is of a copy of the scores, and its gradient reaches "
        "neither the trees nor the generator.",
    ),
)
