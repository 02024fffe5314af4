"""The rules of which codes are a search space's, and how many they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nasapi.errors import InvalidArchitecture
from nasapi.space import Codes
from nasapi.testing.cases import SpaceCase
from nasapi.testing.rules import Broken, Skipped, demand, rule


@rule(
    "space/valid-rows",
    "(n,): which rows are architectures of the space; by default, those with every gene in its range.",
)
def valid_rows(case: SpaceCase) -> None:
    """`valid` gives one truth value a row, for no rows too."""
    for codes in (case.codes, case.codes[:1], case.codes[:0]):
        good = np.asarray(case.space.valid(codes.copy()))
        fine = good.shape == (len(codes),) and good.dtype == np.bool_
        demand(fine, f"valid gives {good.dtype} of shape {good.shape} for {len(codes)} rows, not bool ({len(codes)},)")


@rule("space/valid-total", "A gene out of its range makes a row invalid, never an error.")
def valid_total(case: SpaceCase) -> None:
    """Codes far out of range are invalid and raise nothing."""
    for value in (-1, max(case.space.cardinalities), 127, -(2**31), 2**31 - 1):
        for gene in (0, case.d - 1):
            code = case.codes[:1].astype(np.int64)
            code[0, gene] = value
            if 0 <= value < case.space.cardinalities[gene]:
                continue
            try:
                good = case.space.valid(code.copy())
            except Exception as error:
                raise Broken(f"valid raised {type(error).__name__}: {error}", code[0].tolist()) from error
            demand(not good[0], f"valid accepts gene {gene} = {value}", code[0].tolist())


@rule(
    "space/require-names",
    "Raises InvalidArchitecture that names the first bad row and, where one gene is out of range, gene and value.",
)
def require_names(case: SpaceCase) -> None:
    """`require` refuses a bad row by number, gene and value, and codes that are no (n, d) integers."""
    bad = np.concatenate([case.codes[:1], case.outside()])
    message = _refusal(lambda: case.space.require(bad.copy()), "a gene out of range", bad[1])
    value = str(case.space.cardinalities[-1])
    named = "1" in message and str(case.d - 1) in message and value in message
    demand(named, f"the message does not name row 1, gene {case.d - 1} and value {value}: {message}", bad[1].tolist())
    _refusal(lambda: case.space.require(bad[0]), "a code that is not in a batch", bad[0])
    _refusal(lambda: case.space.require(bad[:1] + 0.5), "codes that are not integers", bad[0])


@rule("space/enumerate-once", "Every valid code once, `batch` candidates at a time; see `size` before you start.")
def enumerate_once(case: SpaceCase) -> None:
    """`enumerate` gives valid codes, none twice, and misses none that was sampled."""
    listed = case.listed
    bad = listed[~case.space.valid(listed)]
    demand(not len(bad), "enumerate gave a code that is not valid", bad[:1].tolist())
    rows, times = np.unique(listed, axis=0, return_counts=True)
    demand((times == 1).all(), "enumerate gave a code more than once", rows[times > 1][:1].tolist())
    there = {tuple(row) for row in rows.tolist()}
    missing = [code for code in case.codes.tolist() if tuple(code) not in there]
    demand(not missing, "enumerate does not give a valid code", missing[:1])


@rule("space/size", "How many valid codes there are; None where nobody has counted.")
def size(case: SpaceCase) -> None:
    """`size` is how many distinct valid codes can be listed."""
    if case.space.size is None:
        raise Skipped("the space does not say its size")
    listed = case.listed
    count = len(np.unique(listed[case.space.valid(listed)], axis=0))
    demand(count == case.space.size, f"size is {case.space.size}, but there are {count} valid codes")


@rule(
    "space/identities",
    "How many architectures there are at each level of identity: as codes, as networks, as the literature counts.",
)
def identities(case: SpaceCase) -> None:
    """The counts of codes and networks are those of the list and of its canonical forms."""
    claimed = case.space.identities
    if not {"code", "network"} & set(claimed):
        raise Skipped("the space claims no counts")
    listed = case.listed
    found = {"code": listed, "network": case.space.canonical(listed.copy())}
    for level in found.keys() & claimed.keys():
        count = len(np.unique(found[level], axis=0))
        demand(claimed[level] == count, f"identities claims {claimed[level]} by {level}, but there are {count}")


def _refusal(call: Callable[[], object], what: str, code: Codes) -> str:
    try:
        call()
    except InvalidArchitecture as error:
        return str(error)
    raise Broken(f"require accepted {what}", np.asarray(code).tolist())
