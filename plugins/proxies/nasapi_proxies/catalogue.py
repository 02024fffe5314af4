"""The training-free scores that there are: name, sign, paper, and what one costs."""

from __future__ import annotations

from typing import Literal, NamedTuple

from nasapi.errors import InvalidOption, near

NOISE = "noise"
"""The inputs that need no data set: standard normal numbers."""


class Proxy(NamedTuple):
    """A training-free score, described without torch."""

    name: str
    """As in an objective's id: "jacob-cov" of "nb201/jacob-cov"."""
    goal: Literal["min", "max"]
    """Which way its authors say that better networks lie."""
    title: str
    seconds: float
    """What one network costs: CPU seconds as they were measured once, which stay so that stored runs repeat."""
    images: int = 32
    """Images a batch, unless said otherwise."""
    double: bool = False
    """Whether it is computed in float64: where it leaves the range of float32, or loses its least eigenvalue there."""

    of_loss: bool = False
    """Whether it follows the gradient of the cross-entropy, which is zero for a single class."""

    @property
    def metric(self) -> str:
        """The name of its metric: "jacob_cov"."""
        return self.name.replace("-", "_")

    @property
    def direction(self) -> Literal["min", "max"]:
        """Which way is better as a metric: a size is to be small, as everywhere, though as a proxy larger is better."""
        return "min" if self.counted else self.goal

    @property
    def unit(self) -> str:
        """That of its metric; scores are plain numbers, and FLOPs are two a multiply-addition, which tables count."""
        return {"parameters": "count", "flops": "floating-point operations"}.get(self.name, "1")

    @property
    def counted(self) -> bool:
        """Whether it is a size, counted from the layers, and nothing that untrained weights decide."""
        return self.name in ("parameters", "flops")

    @property
    def origin(self) -> str:
        """How its metric came about."""
        return "derived: counted from the layers" if self.counted else "measured"

    @property
    def function(self) -> str:
        """The name of its function in `nasapi_proxies.scores`."""
        return self.metric


PROXIES = {
    proxy.name: proxy
    for proxy in (
        Proxy("synflow", "max", "logarithm of the synaptic flow (Tanaka et al., NeurIPS 2020)", 0.04, double=True),
        Proxy("log-synflow", "max", "synaptic flow of logarithms (Cavagnero et al., WACV 2023)", 0.04, double=True),
        Proxy("naswot", "max", "log-determinant of the kernel of ReLU patterns (Mellor et al., ICML 2021)", 0.25),
        Proxy("jacob-cov", "max", "correlation of the images' slopes (Mellor et al., 2020)", 0.23, double=True),
        Proxy("snip", "max", "connection sensitivity (Lee et al., ICLR 2019)", 0.19, of_loss=True),
        Proxy("grad-norm", "max", "norm of the loss's gradient (Abdelfattah et al., ICLR 2021)", 0.19, of_loss=True),
        Proxy("fisher", "max", "Fisher information of the channels (Turner et al., ICLR 2020)", 0.18, of_loss=True),
        Proxy(
            "ntk", "min", "condition number of the neural tangent kernel (Chen et al., ICLR 2021)", 1.1, 16, double=True
        ),
        Proxy("linear-regions", "max", "linear regions of a thin network (Chen et al., ICLR 2021)", 0.02, 256),
        Proxy("zen", "max", "Zen score (Lin et al., ICCV 2021)", 0.17, 16),
        Proxy("parameters", "max", "trainable parameters", 0.07),
        Proxy("flops", "max", "floating-point operations of one input", 0.07),
    )
}
"""By name."""


def known_proxy(name: str) -> Proxy:
    """The proxy of that name; raises InvalidOption with near matches for none."""
    if name not in PROXIES:
        raise InvalidOption(f"There is no proxy {name!r:.80}. {near(str(name), PROXIES)}")
    return PROXIES[name]
