"""Strategies that search a learned latent space rather than the space of codes."""

from __future__ import annotations

from nasapi.plugins import Entry, hookimpl

__version__ = "0.1.0"

_SURROGATE = "nasapi_surrogate.strategy:SurrogateSearch"
_NAO = "nasapi_latent.nao:NAO"
# Yan et al. 2020, section 3.2: expected improvement over the whole space, 16 architectures first, the best 5 a round
_BO = {
    "encoder": "vgae[steps=300]",
    "model": "grid-gp",
    "acquisition": "ei",
    "pool": "auto",
    "targets": "values",
    "initial": 16,
    "round": 5,
}


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The strategies, and the published settings of two of them that cost far more."""
    return [
        Entry(
            "strategy",
            "arch2vec-rl",
            "nasapi_latent.arch2vec_rl:Arch2vecRL",
            "a recurrent policy by REINFORCE in the latent space of a graph autoencoder (Yan et al. 2020)",
        ),
        Entry(
            "strategy",
            "arch2vec-bo",
            _SURROGATE,
            "expected improvement by a Gaussian process on the latent space of a graph autoencoder (Yan et al. 2020)",
            _BO,
        ),
        Entry(
            "strategy",
            "arch2vec-bo-dngo",
            _SURROGATE,
            "arch2vec-bo with the paper's network and Bayesian last layer in place of a process",
            {**_BO, "model": "dngo[layers=1,width=128]"},
        ),
        Entry(
            "strategy",
            "decoded-gp",
            "nasapi_latent.decoded_gp:DecodedGP",
            "a Gaussian process with Thompson draws over mutants and what a retrained generator decodes",
        ),
        Entry("strategy", "nao", _NAO, "autoencoder with predictor; follows its gradient (Luo et al. 2018)"),
        Entry(
            "strategy",
            "nao-paper",
            _NAO,
            "nao trained anew each round for the published 1,000 epochs, on values",
            {
                "steps": 1000,
                "count": "epochs",
                "batch": 100,
                "rate": 1e-3,
                "anew": True,
                "unlabelled": 0,
                "targets": "values",
            },
        ),
        Entry(
            "strategy",
            "ganas",
            "nasapi_latent.ganas:GANAS",
            "a generator trained by policy gradient against a discriminator of the best (Rezaei et al. 2021)",
        ),
        Entry(
            "strategy",
            "latent-local-search",
            "nasapi_latent.local_search:LatentLocalSearch",
            "boxes in latent space around the best, moved while that improves (Lukasik et al. 2022)",
        ),
    ]
