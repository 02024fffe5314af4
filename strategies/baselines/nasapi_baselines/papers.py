"""What the strategies of this package were published as, and where they depart from that."""

from __future__ import annotations

from nasapi.strategy import Paper

RANDOM = Paper(
    "Li & Talwalkar, Random Search and Reproducibility for Neural Architecture Search",
    "UAI 2019, arXiv:1902.07638",
    ("section 3, random search without weight sharing",),
    departures=("Draws are without repetition.",),
)
LOCAL_SEARCH = Paper(
    "White, Nolen & Savani, Exploring the Loss Landscape in Neural Architecture Search",
    "UAI 2021, arXiv:2005.02960",
    ("algorithm 1", "the defaults of the authors' code, naszilla"),
    departures=(
        "The climb moves to the first better neighbour, as naszilla does by default; algorithm 1 looks at all and "
        "takes the best, which is `move=best`.",
        "A neighbour whose result is known and better is moved to at no cost, since nothing is asked for twice.",
        "What breaks a constraint ranks behind what keeps it; the paper knows no constraints.",
    ),
)
EVOLUTION = Paper(
    "Real, Aggarwal, Huang & Le, Regularized Evolution for Image Classifier Architecture Search",
    "AAAI 2019, arXiv:1802.01548",
    (
        "algorithm 1",
        "population 30 and sample 10 of the comparisons on NAS-Bench tables, White, Nolen & Savani, UAI 2021",
    ),
    departures=(
        "The paper's own population is 100 and its sample 25, for 20,000 trained networks; the comparisons on tables "
        "of "
        "some hundred queries have 30 and 10, which are the defaults.",
        "A mutation is a step to a uniformly drawn neighbour of the space; the paper has two kinds and an identity.",
        "What breaks a constraint loses a tournament against what keeps it; the paper knows no constraints.",
    ),
)
