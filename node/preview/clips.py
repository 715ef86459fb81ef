"""Clips of an object (GB/T 33190-2016, clause 8.4): what lies in every Clip is shown, and a Clip is the union of its Areas.

A clip stands in the object's space, before its CTM; some producers say TransFlag="true" for clips that the CTM moves too. An Area of
text is not followed.
"""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from node.preview import numbers
from node.preview.files import children, flag, text_of
from node.preview.numbers import IDENTITY, Matrix, then
from node.preview.paths import parse_path
from node.preview.stage import Stage


def clips(element: ET.Element, ctm: Matrix, stage: Stage) -> Iterator[str]:
    """The clip-path attributes of an object, to be nested.

    Raises:
        DocumentError: malformed numbers or paths.
        LimitError: too many segments.
    """
    for group in children(element, "Clips"):
        moved = ctm if flag(group, "TransFlag", default=False) else IDENTITY
        for clip in children(group, "Clip"):
            shapes = [shape for area in children(clip, "Area") for shape in _shapes(area, moved, stage)]
            if shapes:
                yield stage.canvas.clip(shapes)


def _shapes(area: ET.Element, moved: Matrix, stage: Stage) -> Iterator[tuple[str, bool, Matrix]]:
    outer = then(numbers.matrix(area.get("CTM")), moved)
    for path in children(area, "Path"):
        boundary = numbers.box(path.get("Boundary", "0 0 0 0"), "Boundary")
        shift = (1.0, 0.0, 0.0, 1.0, boundary.x, boundary.y)
        place = then(then(numbers.matrix(path.get("CTM")), shift), outer)
        outline = parse_path(text_of(path, "AbbreviatedData"), stage.budget)
        yield outline.data, path.get("Rule") == "Even-Odd", place
