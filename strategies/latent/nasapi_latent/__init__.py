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

_KIT = {"initial": 4, "round": 3}
_KIT_ENCODER = {**_KIT, "encoder": "vgae[steps=3,hidden=8,layers=1]"}
_KIT_NETWORKS = {**_KIT, "hidden": 8, "width": 8, "steps": 2, "pretraining": 2}


@hookimpl
def nasapi_entries() -> list[Entry]:
    """The strategies; `-small` ones cost less than the published."""
    return [
        Entry(
            "strategy",
            "arch2vec-rl",
            "nasapi_latent.arch2vec_rl:Arch2vecRL",
            "a recurrent policy by REINFORCE in the latent space of a graph autoencoder (Yan et al. 2020)",
            paper="nasapi_latent.papers:ARCH2VEC_RL",
            kit=_KIT_ENCODER,
        ),
        Entry(
            "strategy",
            "arch2vec-bo",
            _SURROGATE,
            "expected improvement by DNGO on the latent space of a graph autoencoder (Yan et al. 2020)",
            {**_BO, "model": "dngo[layers=1,width=128]"},
            paper="nasapi_latent.papers:ARCH2VEC_BO",
            kit={**_KIT_ENCODER, "model": "dngo[epochs=3]"},
        ),
        Entry(
            "strategy",
            "latent-gp",
            _SURROGATE,
            "expected improvement by a Gaussian process on the latent space of a graph autoencoder",
            _BO,
            kit=_KIT_ENCODER,
        ),
        Entry(
            "strategy",
            "decoded-gp",
            "nasapi_latent.decoded_gp:DecodedGP",
            "a Gaussian process with Thompson draws over mutants and what a retrained generator decodes",
            kit={**_KIT, "pretraining": 5, "most_steps": 2, "candidates": 64},
        ),
        Entry(
            "strategy",
            "nao",
            _NAO,
            "autoencoder with predictor, trained anew each round; follows its gradient (Luo et al. 2018)",
            {
                "steps": 1000,
                "count": "epochs",
                "batch": 100,
                "rate": 1e-3,
                "anew": True,
                "unlabelled": 0,
                "targets": "values",
            },
            paper="nasapi_latent.papers:NAO",
            kit=_KIT_NETWORKS,
        ),
        Entry(
            "strategy",
            "nao-small",
            _NAO,
            "nao with one network that is trained on, for 50 steps a round, and learns to decode uniform samples too",
            kit=_KIT_NETWORKS,
        ),
        Entry(
            "strategy",
            "ganas",
            "nasapi_latent.ganas:GANAS",
            "a generator trained by policy gradient against a discriminator of the best (Rezaei et al. 2021)",
            paper="nasapi_latent.papers:GANAS",
            kit=_KIT_NETWORKS,
        ),
        Entry(
            "strategy",
            "latent-local-search",
            "nasapi_latent.local_search:LatentLocalSearch",
            "boxes in latent space around the best, moved while that improves (Lukasik et al. 2022)",
            paper="nasapi_latent.papers:LATENT_LOCAL_SEARCH",
            kit={**_KIT, "encoder": "svge[steps=3]"},
        ),
    ]
