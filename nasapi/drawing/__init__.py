"""Drawing: cells as plain SVG."""

from nasapi.drawing.cell import draw_svg
from nasapi.drawing.picture import Cell

__all__ = ["Cell", "draw_svg"]
