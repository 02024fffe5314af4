"""Drawing: cells as plain SVG."""

from nasapi.drawing.cell import draw_svg

__all__ = ["draw_svg"]
