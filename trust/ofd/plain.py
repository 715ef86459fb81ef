"""A plain, unsigned certificate: a border, a title, one line per face field and a 样例 mark. What tests sign and benchmarks carry.

It looks like no issued certificate; those that do are made by `node.library.demo`. Equal faces give equal bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from trust.ofd.marks import Font, Form, Page, Shape, Text, advance
from trust.ofd.signatures import write_package
from trust.ofd.writer import page_entries

_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 15.0  # A4
_TITLE_SIZE, _LINE_SIZE, _MARK_SIZE = 9.0, 4.5, 40.0
_TITLE_AT, _MARK_AT = 45.0, 170.0
_TOP, _PITCH = 66.0, 9.0  # the first line, and the lines' distance
_ROOM = _WIDTH - 4 * _MARGIN  # the width a line of text may take
_RIGHT, _BOTTOM = _WIDTH - _MARGIN, _HEIGHT - _MARGIN
_FORM = Form(
    width=_WIDTH,
    height=_HEIGHT,
    marks=(
        Shape(
            data=f"M {_MARGIN} {_MARGIN} L {_RIGHT} {_MARGIN} L {_RIGHT} {_BOTTOM} L {_MARGIN} {_BOTTOM} C",
            stroke="170 40 40",
        ),
        Text(text="样例", x=_WIDTH / 2 - _MARK_SIZE, y=_MARK_AT, size=_MARK_SIZE, font=Font.HEI, color="225 225 225"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CertificateFace:
    """What a certificate shows: its title, (label, value) lines, and the custom data (short name, value) of GB/T 36903."""

    title: str
    lines: tuple[tuple[str, str], ...]
    custom_data: tuple[tuple[str, str], ...]
    created: date

    def __repr__(self) -> str:
        return f"CertificateFace({self.title!r})"


def write_certificate(face: CertificateFace) -> bytes:
    """The package that shows `face`.

    Raises:
        ValueError: a text holds characters that XML cannot carry.
    """
    size = min(_TITLE_SIZE, _ROOM / max(1.0, advance(face.title, 1)))
    title = Text(text=face.title, x=(_WIDTH - advance(face.title, size)) / 2, y=_TITLE_AT, size=size)
    page = Page(
        title=face.title,
        form=_FORM,
        marks=(title, *_lines(face)),
        custom_data=face.custom_data,
        created=face.created,
    )
    return write_package(page_entries(page))


def _lines(face: CertificateFace) -> Iterator[Text]:
    """One line per field. Many fields stand closer together and smaller, long ones are printed smaller: the page has no second."""
    pitch = min(_PITCH, (_HEIGHT - _TOP - 2 * _MARGIN) / max(1, len(face.lines)))
    for place, (label, value) in enumerate(face.lines):
        line = f"{label}：{value}"
        size = min(_LINE_SIZE, pitch / 2, _ROOM / advance(line, 1))
        yield Text(text=line, x=2 * _MARGIN, y=_TOP + place * pitch, size=size)
