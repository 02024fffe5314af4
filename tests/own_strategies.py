"""The source of a strategy that tests write into files of their own."""

MINE = """
import nasapi
from attrs import define

@define(eq=False)
class Mine(nasapi.Strategy):
    {extra}
    def ask(self, n):
        return self.problem.trials(self.problem.space.sample({n}, self.rng))

    def tell(self, results):
        pass
"""
