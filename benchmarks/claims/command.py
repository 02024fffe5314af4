"""What `make blocks` and `make claims` do: blocks written, quick results measured again, slow ones listed."""

from __future__ import annotations

import argparse

from claims.again import measured_again, quick
from claims.kept import ROOT, every
from claims.pages import fill


def main() -> int:
    """Do what was asked for; 1 where a result differs."""
    parser = argparse.ArgumentParser(prog="benchmarks/claims", description=__doc__)
    verbs = parser.add_subparsers(required=True, dest="verb")
    verbs.add_parser("blocks", help="write every block of every page anew from the results that are kept")
    verbs.add_parser("list", help="every result with its commit, seeds, cost and command")
    again = verbs.add_parser("again", help="measure quick results again and compare; list the slow ones")
    again.add_argument("names", nargs="*", metavar="NAME", help="some of the results, quick or not; all quick ones")
    again.add_argument("--fresh", action="store_true", help="also those that were measured again at this commit")
    again.add_argument("--renew", action="store_true", help="keep what is the same as of this commit")
    given = parser.parse_args()
    if given.verb == "again":
        return _again(given.names, given.fresh, given.renew)
    if given.verb == "blocks":
        for page in fill():
            print(f"{page.relative_to(ROOT)} changed")
    else:
        _listed()
    return 0


def _again(names: list[str], fresh: bool, renew: bool) -> int:
    wrong = 0
    for outcome in measured_again(names or quick(), fresh, renew):
        print(f"{outcome.state:8} {outcome.name}: {outcome.message}", flush=True)
        wrong += outcome.state in ("differs", "failed")
    if not names:
        print("\nNot measured again:")
        _listed(slow=True)
    return bool(wrong)


def _listed(slow: bool = False) -> None:
    for name, result in every():
        if not (slow and result.quick):
            cost = "cost not recorded" if result.cpu_seconds is None else f"{result.cpu_seconds:,.0f} CPU s"
            kind = "quick" if result.quick else "slow"
            print(f"{kind}  {name}: {result.commit}, seeds {result.seeds or 'none'}, {cost}\n    {result.command}")
