"""What the strategies of this package were published as, and where they depart from that."""

from __future__ import annotations

from nasapi.strategy import Paper

_ROUNDS = (
    "A network is asked for once, whatever code names it; where proposals are too few, mutants of the best stand in, "
    "then uniform draws.",
    "What failed is learned as the worst result, and what breaks a constraint ranks behind what keeps it; the paper "
    "knows neither.",
)
BANANAS = Paper(
    "White, Neiswanger & Savani, BANANAS: Bayesian Optimization with Neural Architectures for Neural Architecture "
    "Search",
    "AAAI 2021, arXiv:1910.11858",
    ("algorithm 1", "section 5", "the defaults of the authors' code, naszilla"),
    departures=(
        *_ROUNDS,
        "Values are standardised for the networks, which the paper does not do.",
        "The 100 mutants are all of the best, and those asked for before drop out; the authors go on to the next best "
        "until there are 100 new ones.",
        "On spaces other than NAS-Bench-101 and NAS-Bench-201 a mutant is one step to a uniformly drawn neighbour.",
        "Paths are those of the canonical code, in which an edge that computes nothing is `none`; the authors' code "
        "takes "
        "the code as it is.",
    ),
)
WEAKNAS = Paper(
    "Wu, Dai, Chen, Chen, Liu, Yu, Wang, Liu, Chen & Yuan, Stronger NAS with Weaker Predictors",
    "NeurIPS 2021, arXiv:2102.10490",
    ("algorithm 1", "the defaults of the authors' code, WeakNAS"),
    departures=(
        *_ROUNDS,
        "Spaces of more than 50,000 networks are not ranked whole, but some 1,500 relatives of the best and random "
        "ones.",
        "Where a benchmark has no noise, values are means over training seeds; the paper takes one seed.",
    ),
)
NPENAS = Paper(
    "Wei, Niu, Tang, Wang & Liang, NPENAS: Neural Predictor Guided Evolution for Neural Architecture Search",
    "IEEE TNNLS 2022, arXiv:2003.12857",
    ("section III, NPENAS-NP", "the defaults of the authors' code, NPENASv1"),
    departures=(
        *_ROUNDS,
        "The ten best are mutated equally often, each mutant one step from its parent; the paper mutates the best "
        "until "
        "there are 100.",
        "The network sums over an operation's followers and over its inputs apart, where the paper has one sum.",
        "Values are standardised for the network; the paper multiplies its output by a constant of each table.",
        "Batch normalisation and dropout are left out; the layer after the mean has 32 units for 16, the output no "
        "sigmoid.",
        "Every layer begins with Kaiming's uniform weights; the authors' inner ones have torch's own.",
        "Adam's epsilon is added to the uncorrected root, as at the end of section 2 of its paper; torch's is not.",
    ),
)
DNGO = Paper(
    "Snoek, Rippel, Swersky, Kiros, Satish, Sundaram, Patwary, Prabhat & Adams, Scalable Bayesian Optimization Using "
    "Deep "
    "Neural Networks",
    "ICML 2015, arXiv:1502.05700",
    ("section 3", "its use on NAS-Bench tables in naszilla"),
    departures=(
        *_ROUNDS,
        "The precisions of the regression maximise the marginal likelihood; the paper samples them.",
        "The acquisition is an upper confidence bound of 0.5 spreads, as in naszilla; the paper has expected "
        "improvement.",
        "It is maximised over 1,000 uniform draws, and 16 are chosen a round after 16 uniform ones; naszilla has "
        "mutants of the best, 10 a round after 20.",
    ),
)
