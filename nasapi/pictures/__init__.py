"""Pictures: cells as plain SVG."""

from nasapi.pictures.cell import render_svg
from nasapi.pictures.picture import Cell

__all__ = ["Cell", "render_svg"]
