"""What each rule of the kit came to, and all of them for one object: its conformance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

from attrs import frozen

from nasapi.testing.rules import Rule
from nasapi.words import counted

Status = Literal["passed", "failed", "skipped", "expected"]


@frozen
class Outcome:
    """What one rule came to."""

    rule: Rule
    status: Status
    reason: str = ""
    """Why it failed or was skipped, why its failure is expected, or what it left out; empty where it passed in full."""
    example: str = ""
    """The smallest input for which it does not hold, where there is one."""

    def __str__(self) -> str:
        lines = [f"{self.status:8} {self.rule.id}"]
        if self.status == "failed":
            lines.append(f"         rule: {self.rule.sentence}")
        if self.reason:
            lines.append(f"         {'found' if self.status == 'failed' else 'since'}: {self.reason}")
        if self.example and self.status == "failed":
            lines.append(f"         smallest example: {self.example}")
        return "\n".join(lines)


@frozen
class Conformance:
    """What the rules came to for one object; printed, it quotes every rule that failed or was skipped."""

    subject: str
    outcomes: tuple[Outcome, ...]

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many rules passed, failed, were skipped, and failed as expected."""
        found = Counter(outcome.status for outcome in self.outcomes)
        return {status: found[status] for status in ("passed", "failed", "skipped", "expected")}

    @property
    def ok(self) -> bool:
        """Whether no rule failed."""
        return self.counts["failed"] == 0

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids of the rules that failed."""
        return tuple(outcome.rule.id for outcome in self.outcomes if outcome.status == "failed")

    def __str__(self) -> str:
        found = ", ".join(f"{count} {status}" for status, count in self.counts.items() if count)
        lines = [f"{self.subject}: {counted(len(self.outcomes), 'rule', 'rules')}, {found}"]
        lines += [str(outcome) for outcome in self.outcomes if outcome.status in ("failed", "expected")]
        skipped: dict[str, list[str]] = {}
        partly: dict[str, list[str]] = {}
        for outcome in self.outcomes:
            if outcome.status == "skipped":
                skipped.setdefault(outcome.reason, []).append(outcome.rule.id)
        for outcome in self.outcomes:
            if outcome.status == "passed" and outcome.reason:
                partly.setdefault(outcome.reason, []).append(outcome.rule.id)
        lines += [f"left out {reason}\n         by: {', '.join(ids)}" for reason, ids in partly.items()]
        for reason, ids in skipped.items():
            which = "all rules" if len(ids) == len(self.outcomes) else ", ".join(ids)
            lines.append(f"skipped  {which}\n         since: {reason}")
        return "\n".join(lines)
