"""What every drawing of one document on one canvas shares."""

from dataclasses import dataclass

from node.preview.files import Files
from node.preview.glyphs import Glyphs
from node.preview.limits import Budget
from node.preview.svg import Canvas


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The files drawn from, the canvas drawn on, the glyphs, and the purse."""

    files: Files
    budget: Budget
    canvas: Canvas
    glyphs: Glyphs
