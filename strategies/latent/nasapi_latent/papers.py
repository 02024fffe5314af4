"""What the strategies of this package were published as, and where they depart from that."""

from __future__ import annotations

from nasapi.strategy import Paper

_ROUNDS = (
    "A network is asked for once, whatever code names it; where proposals are too few, mutants of the best stand in, "
    "then uniform draws.",
    "What breaks a constraint ranks behind what keeps it; the paper knows no constraints.",
)
_ARCH2VEC = (
    "Yan, Zheng, Ao, Zeng & Zhang, Does Unsupervised Architecture Representation Learning Help Neural Architecture "
    "Search?"
)
_ARCH2VEC_WHERE = "NeurIPS 2020, arXiv:2006.06936"
_AUTOENCODER = (
    "The graph autoencoder is the encoder vgae of nasapi-encoders, pretrained for fewer graphs than published; its "
    "file's "
    "metadata say how many. Where no weights come along it is fitted for 300 batches.",
    "Spaces that cannot be listed are walked among relatives of the best and what the encoder decodes.",
)
ARCH2VEC_RL = Paper(
    _ARCH2VEC,
    _ARCH2VEC_WHERE,
    ("section 3.2", "the defaults of the authors' code, arch2vec, for NAS-Bench-201"),
    departures=(
        *_ROUNDS,
        *_AUTOENCODER,
        "Rewards are standardised over all results so far, in place of an accuracy less a constant of each table.",
        "Rewards to come are discounted by 0.4, which the authors' scripts name; their code learns from each reward "
        "alone, which is `gamma=0`.",
        "A walk begins at the best of 16 uniform draws, where the authors have one random cell.",
        "Actions deviate by 1 in a latent space whose deviation is brought to 1; the authors' is the encoder's own.",
    ),
)
ARCH2VEC_BO = Paper(
    _ARCH2VEC,
    _ARCH2VEC_WHERE,
    ("section 3.2", "the defaults of the authors' code, arch2vec, for NAS-Bench-101"),
    departures=(
        *_ROUNDS,
        *_AUTOENCODER,
        "Improvement is expected over the best value found, in place of a constant of each table.",
        "Improvement is expected with the predicted standard deviation; the authors' code takes the variance for it.",
        "Five are chosen a round on every space; the authors have one on NAS-Bench-201, which is `round=1`.",
    ),
)
NAO = Paper(
    "Luo, Tian, Qin, Chen & Liu, Neural Architecture Optimization",
    "NeurIPS 2018, arXiv:1808.07233",
    ("algorithm 1", "the sizes and the training of the authors' code for NAS-Bench-101"),
    departures=(
        *_ROUNDS,
        "Rounds are of 16 architectures, as in the comparisons on tables; the paper evaluates 300 a round.",
        "The gradient is taken with length 1 and steps of 0.1 up to 10, so that a step means the same on any space; "
        "the "
        "authors take steps of 1, 2, ... with the gradient's own length.",
        "The encoder reads the genes of a code, one token each, in place of the sequence of each space's own code.",
    ),
)
GANAS = Paper(
    "Rezaei, Han, Niu, Salameh, Mills, Lian, Lu & Jui, Generative Adversarial Neural Architecture Search",
    "IJCAI 2021, arXiv:2105.09356",
    ("algorithm 1",),
    departures=(
        *_ROUNDS,
        "The discriminator judges one graph; the paper's judges a pair.",
        "The policy gradient is REINFORCE with a baseline, as every batch is drawn anew; the paper has PPO.",
        "The generator is an autoregressive distribution over genes; the paper's is a graph network.",
        "Sizes and steps are ours; the paper's are of networks many times as large.",
    ),
)
LATENT_LOCAL_SEARCH = Paper(
    "Lukasik, Jung & Keuper, Learning Where To Look - Generative NAS is Surprisingly Efficient",
    "ECCV 2022, arXiv:2203.08734",
    ("the ablation on local search in the latent space",),
    departures=(
        *_ROUNDS,
        "The generator is the encoder svge of nasapi-encoders, whose latent space knows architectures; the paper's "
        "does not.",
        "The box is of half a deviation of the latent space either way; the paper's is of half a unit of its own.",
        "A box that decodes to too few new networks is widened by half, up to five times.",
        "The generator is not retrained, which is the ablation without latent space optimisation.",
    ),
)
