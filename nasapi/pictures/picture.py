"""The picture of one architecture, as a notebook shows it."""

from __future__ import annotations

from attrs import field, frozen

from nasapi.argument_checks import read_only
from nasapi.pictures.cell import render_svg
from nasapi.space import Code, SearchSpace


@frozen(eq=False, repr=False)
class Cell:
    """One architecture with its picture, which a notebook shows: `nasapi.pictures.Cell(space, code)`."""

    space: SearchSpace
    code: Code = field(converter=read_only)
    """(d,)"""

    @property
    def svg(self) -> str:
        """The picture as the literature draws the space's architectures, as SVG with all text escaped."""
        return render_svg(self.space.picture(self.code), str(self))

    def __str__(self) -> str:
        """The space's own string."""
        return self.space.format(self.code)

    def __repr__(self) -> str:
        return f"<cell of {self.space.id}: {self}>"

    def _repr_html_(self) -> str:
        return self.svg
