"""Which form of graphs a space has."""

from __future__ import annotations

from nasapi.errors import NotAvailable
from nasapi.space import SearchSpace
from nasapi_agnet.cells import CellForm
from nasapi_agnet.forms import Form, PlainForm
from nasapi_agnet.recurrent import RecurrentForm


def form_of(space: SearchSpace) -> Form:
    """The form of a space that reads graphs back into codes; raises NotAvailable for any other."""
    if not space.reads_graphs:
        raise NotAvailable(
            f"AG-Net as published generates graphs, and {space.id} does not read graphs back into codes; nb101, nb201, "
            "darts and nlp do."
        )
    if space.family == "darts":
        return CellForm(space)
    if space.family == "nlp":
        return RecurrentForm(space)
    if len(space.inputs) > 1 or len(space.outputs) > 1:
        raise NotAvailable(
            f"AG-Net as published generates graphs of one input and one output, not of the {len(space.inputs)} inputs "
            f"and {len(space.outputs)} outputs of {space.id}."
        )
    return PlainForm(space)
