"""SVG to PNG, by resvg: a Rust library that reads no files and no network here, since our SVG refers to nothing outside itself."""

import math

import resvg_py

from node.preview.limits import Limits
from node.preview.page import Drawing
from trust.errors import DocumentError

_INCH = 25.4  # millimetres


def to_png(drawing: Drawing, *, dots_per_inch: int, limits: Limits) -> bytes:
    """The page as PNG, at most at the given resolution: a large page gets a lower one.

    Raises:
        DocumentError: the rasteriser refuses.
    """
    area = drawing.area
    most = math.sqrt(limits.output_pixels / (area.width * area.height))
    width = max(1, int(area.width * min(dots_per_inch / _INCH, most)))
    try:
        return resvg_py.svg_to_bytes(svg_string=drawing.svg, width=width, dpi=dots_per_inch, skip_system_fonts=True)
    except ValueError as error:
        raise DocumentError("preview: the page cannot be drawn as PNG") from error
