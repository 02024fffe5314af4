"""Several workers on a simulated clock: a strategy is asked when one is free, results come in order of completion."""

from __future__ import annotations

from heapq import heappop, heappush

from nasapi.running.conversation import Conversation
from nasapi.running.meter import Charge
from nasapi.running.resuming import EvaluateTrials
from nasapi.trial import Result


def by_clock(conversation: Conversation, evaluate: EvaluateTrials, batch: int, workers: int) -> str:
    """Keep workers busy on a clock that goes by the simulated seconds of evaluations; gives why the run ended.

    Whenever workers are free the strategy is asked for at most as many trials, and at most `batch`. Results are told in
    the order in which they are complete, those of one moment together in the order asked. A trial is charged when it is
    asked; the first that would exceed the budget is dropped, and those that are out are waited for.
    """
    ledger, now, asked = conversation.ledger, 0.0, 0
    out: list[tuple[float, int, float, Result, Charge]] = []  # a heap of end, place in the order asked, start, …
    while True:
        waits = False
        while (room := ledger.room(min(batch, workers - len(out)), len(out))) and not waits:
            trials = conversation.ask(room)
            waits = not trials
            if trials:
                results = evaluate(trials, asked)
                for result, charge in zip(results, ledger.meter.charge(results, in_turn=False), strict=False):
                    _, seconds = charge
                    heappush(out, (now + seconds, asked, now, result, charge))
                    asked += 1
        if not out:
            return "strategy" if waits else "budget"
        now = out[0][0]
        done: list[Result] = []
        charges: list[Charge] = []
        while out and out[0][0] == now:
            _, place, start, result, charge = heappop(out)
            ledger.meter.finish(result)
            ledger.clock.append((start, now, place))
            done.append(result)
            charges.append(charge)
        conversation.tell(ledger.keep(done, charges))
