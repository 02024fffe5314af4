"""The image archives that `nasapi data` fetches, with the digests of their publishers' files."""

from __future__ import annotations

from nasapi.plugins import TableSource

_CIFAR = "Krizhevsky, Learning multiple layers of features from tiny images, 2009"
_FASHION = "Xiao, Rasul & Vollgraf, Fashion-MNIST: a novel image dataset, arXiv:1708.07747"
_FASHION_PAGE = "https://github.com/zalandoresearch/fashion-mnist"
_FASHION_FILES = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"
_TORONTO = "https://www.cs.toronto.edu/~kriz"


def _cifar(name: str, title: str, file: str, size: int, sha256: str, images: str) -> TableSource:
    return TableSource(
        name=name,
        title=title,
        contents=f"60,000 colour images of 32x32 pixels, {images}",
        importer=f"nasapi_networks.archives:{name}",
        urls=(f"{_TORONTO}/{file}",),
        page=f"{_TORONTO}/cifar.html",
        size=size,
        sha256=sha256,
        unpack=True,
        licence="none stated",
        citation=_CIFAR,
        requires="nasapi-networks",
    )


def _fashion(part: str, file: str, size: int, sha256: str, kind: str) -> TableSource:
    return TableSource(
        name=f"fashion-mnist-{part}",
        title=f"Fashion-MNIST, {part.replace('-', ' ')}",
        contents=f"the {part.replace('-', ' ')} of 70,000 grey images of 28x28 pixels, ten kinds of clothes",
        importer=f"nasapi_networks.archives:{kind}",
        urls=(f"{_FASHION_FILES}/{file}",),
        page=_FASHION_PAGE,
        size=size,
        sha256=sha256,
        licence="MIT",
        citation=_FASHION,
        requires="nasapi-networks",
    )


SOURCES = [
    _cifar(
        "cifar10",
        "CIFAR-10",
        "cifar-10-python.tar.gz",
        170_498_071,
        "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        "ten classes",
    ),
    _cifar(
        "cifar100",
        "CIFAR-100",
        "cifar-100-python.tar.gz",
        169_001_437,
        "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
        "100 classes",
    ),
    _fashion(
        "training-images",
        "train-images-idx3-ubyte.gz",
        26_421_880,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "idx_images",
    ),
    _fashion(
        "training-labels",
        "train-labels-idx1-ubyte.gz",
        29_515,
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "idx_labels",
    ),
    _fashion(
        "test-images",
        "t10k-images-idx3-ubyte.gz",
        4_422_102,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "idx_images",
    ),
    _fashion(
        "test-labels",
        "t10k-labels-idx1-ubyte.gz",
        5_148,
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        "idx_labels",
    ),
]
