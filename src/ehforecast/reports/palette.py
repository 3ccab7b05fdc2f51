"""Colours of every figure and page.

Source: Government Analysis Function, colours in charts; WCAG 2.2 (1.4.1, 1.4.3, 1.4.11).

Contrast with white, by the WCAG formula: dark grey 10.9, dark blue 10.3, plum 9.8. The tints are below 3, and so are
never left without an outline in dark blue, which is 4.2 or more against each of them.
"""

DARK_BLUE = "#12436D"
PLUM = "#801650"
DARK_GREY = "#3D3D3D"
LIGHT_BLUE = "#6BACE6"
LIGHT_BLUE_HALF = "#B5D5F2"
LIGHT_BLUE_FIFTH = "#E1EEFA"
MID_GREY = "#767676"
"""Hatching of months without a figure."""
PALE_GREY = "#D0D0D0"
"""Grid lines only: they carry no meaning of their own."""

RANGE_FILLS = {0.5: LIGHT_BLUE, 0.8: LIGHT_BLUE_HALF, 0.95: LIGHT_BLUE_FIFTH}
"""Fill of each published range, by nominal coverage: the surer the range, the paler."""
