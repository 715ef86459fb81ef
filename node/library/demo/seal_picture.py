"""The picture of a demonstration seal: a round red 样例 seal, as an OFD document inside the seal.

An OFD, as many issuers' seals have it: it stays sharp at every size and needs no font on the machine that makes it. Ring, ornament and 样例
are outlines; the issuer's name round the ring is text of a named font, so a reader without Chinese fonts still sees a seal that says 样例.
"""

import math
from collections.abc import Iterator
from datetime import date

from node.library.demo import ornaments
from trust.ofd.marks import Font, Form, Page, Shape, Text, advance
from trust.ofd.signatures import write_package
from trust.ofd.writer import page_entries

SIDE = 40
"""Width and height in millimetres."""

_MIDDLE = SIDE / 2
_RED = "200 20 20"
_WORDS = "电子证照专用章"
_NAME_RADIUS, _NAME_SIZE, _WORDS_SIZE = 13.6, 3.9, 2.9
_WIDEST, _STEP = math.radians(250), math.radians(22)  # of the name along the ring, and of one character
_RING = (
    Shape(data=ornaments.ring(_MIDDLE, _MIDDLE, 19), stroke=_RED, width=1.1),
    Shape(data=ornaments.ring(_MIDDLE, _MIDDLE, 11.6), stroke=_RED, width=0.25),
    Shape(data=ornaments.rosette(_MIDDLE, _MIDDLE, 11, petals=12, depth=0.2), stroke=_RED, width=0.2),
    Shape(data=ornaments.rosette(_MIDDLE, _MIDDLE, 11, petals=12, depth=0.2, turn=0.5), stroke=_RED, width=0.2),
    Shape(data=ornaments.sample_words(_MIDDLE - 6.3, _MIDDLE - 3, 6, gap=0.1), stroke=_RED, width=0.6),
    Text(
        text=_WORDS,
        x=_MIDDLE - advance(_WORDS, _WORDS_SIZE) / 2,
        y=_MIDDLE + 15.2,
        size=_WORDS_SIZE,
        font=Font.HEI,
        color=_RED,
    ),
)
_FORM = Form(width=SIDE, height=SIDE, marks=_RING)


def seal_picture(issuer: str, made: date) -> bytes:
    """The package whose one page is the seal of an issuer of this name."""
    page = Page(title=f"{issuer}印章（样例）", form=_FORM, marks=tuple(_round(issuer)), custom_data=(), created=made)
    return write_package(page_entries(page))


def _round(name: str) -> Iterator[Text]:
    """The characters of a name along the upper part of the ring, feet to the middle."""
    step = min(_STEP, _WIDEST / max(1, len(name) - 1))
    first = -step * (len(name) - 1) / 2
    for place, char in enumerate(name):
        angle = first + place * step
        across, down, half = math.sin(angle), -math.cos(angle), advance(char, _NAME_SIZE) / 2
        yield Text(
            text=char,
            x=_MIDDLE + _NAME_RADIUS * across - half * math.cos(angle),
            y=_MIDDLE + _NAME_RADIUS * down - half * math.sin(angle),
            size=_NAME_SIZE,
            font=Font.SONG,
            color=_RED,
            turn=angle,
        )
