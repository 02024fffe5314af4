"""Drawing: cells as plain SVG."""
