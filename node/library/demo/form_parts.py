"""What the forms of demonstration certificates are put together from: borders, emblem, 样例 mark, labels, and slots for values."""

from collections.abc import Iterator
from dataclasses import dataclass

from node.library.demo import ornaments
from trust.ofd.marks import Font, Form, Mark, Shape, Text, advance

NOTICE = "样例 · 非真实证照"
_NOTICE_COLOUR, _PALE, _GREY = "190 30 30", "233 233 230", "110 110 110"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where a value goes: from (x, y), its first baseline, at most `width` wide and `lines` deep. `key` is one of `face.values_of`."""

    key: str
    x: float
    y: float
    width: float
    size: float
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """A type's form, its slots, and the box of the seal (x, y, width, height)."""

    form: Form
    slots: tuple[Slot, ...]
    seal: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A label on the form, the key of the value behind it, and how many lines that may take."""

    label: str
    key: str
    lines: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Fields under one another: labels at x, values `label_width` further, a line every `pitch`."""

    x: float
    y: float
    width: float
    label_width: float
    pitch: float
    size: float
    fields: tuple[Field, ...]
    color: str = "0 0 0"

    def labels(self) -> Iterator[Text]:
        """The labels, as the form prints them."""
        for y, field in self._rows():
            yield Text(text=field.label, x=self.x, y=y, size=self.size, font=Font.HEI, color=self.color)

    def slots(self) -> Iterator[Slot]:
        """The places of the values."""
        for y, field in self._rows():
            yield Slot(
                key=field.key,
                x=self.x + self.label_width,
                y=y,
                width=self.width - self.label_width,
                size=self.size,
                lines=field.lines,
            )

    def _rows(self) -> Iterator[tuple[float, Field]]:
        y = self.y
        for field in self.fields:
            yield y, field
            y += self.pitch + (field.lines - 1) * self.size * 1.4


def centred(text: str, middle: float, y: float, size: float, *, spacing: float = 0.0, font: Font = Font.HEI) -> Text:
    """A text whose middle is at `middle`."""
    width = advance(text, size) + spacing * (len(text) - 1)
    return Text(text=text, x=middle - width / 2, y=y, size=size, spacing=spacing, font=font)


def braided_border(width: float, height: float, inset: float, band: float, colour: str) -> Iterator[Shape]:
    """Two lines on each side of a braid."""
    for at in (inset, inset + band):
        yield Shape(data=ornaments.rectangle(at, at, width - 2 * at, height - 2 * at), stroke=colour, width=0.5)
    for strand in ornaments.braid(inset, inset, width - 2 * inset, height - 2 * inset, band=band):
        yield Shape(data=strand, stroke=colour, width=0.25)
    for x in (inset, width - inset - band):  # where strands turn, they tangle
        for y in (inset, height - inset - band):
            yield Shape(data=ornaments.rectangle(x, y, band, band), stroke=colour, fill="255 255 255", width=0.5)
            petals = ornaments.rosette(x + band / 2, y + band / 2, band * 0.4, petals=8, depth=0.5)
            yield Shape(data=petals, stroke=colour, width=0.4)


def lined_border(width: float, height: float, inset: float, colour: str) -> Iterator[Shape]:
    """A thick and a thin line, with a small rosette in every corner."""
    for at, line in ((inset, 1.1), (inset + 2.2, 0.3)):
        yield Shape(data=ornaments.rectangle(at, at, width - 2 * at, height - 2 * at), stroke=colour, width=line)
    near = inset + 1.1
    for x in (near, width - near):
        for y in (near, height - near):
            petals = ornaments.rosette(x, y, 4.2, petals=6, depth=0.45)
            yield Shape(data=petals, stroke=colour, fill="255 255 255", width=0.4)


def emblem(x: float, y: float, radius: float, colour: str, tint: str) -> Iterator[Shape]:
    """The invented emblem: three interlaced rosettes round a disc that says 样例."""
    yield Shape(data=ornaments.ring(x, y, radius), fill="255 255 255")
    for strand in range(3):
        petals = ornaments.rosette(x, y, radius, petals=14, depth=0.42, turn=strand / 3)
        yield Shape(data=petals, stroke=colour, width=radius / 45)
    yield Shape(data=ornaments.ring(x, y, radius * 0.6), stroke=colour, fill=tint, width=radius / 22)
    size = radius * 0.42
    words = ornaments.sample_words(x - size * 1.05, y - size / 2, size, gap=0.1)
    yield Shape(data=words, stroke=colour, width=size * 0.085)


def sample_mark(x: float, y: float, size: float) -> Shape:
    """The large pale 样例 with its middle at (x, y)."""
    words = ornaments.sample_words(x - size * 1.1, y - size / 2, size, gap=0.2)
    return Shape(data=words, stroke=_PALE, width=size * 0.085)


def notice(x: float, y: float, size: float) -> Text:
    """The line that says what this is not."""
    return Text(text=NOTICE, x=x, y=y, size=size, font=Font.HEI, color=_NOTICE_COLOUR)


def small_print(text: str, x: float, y: float, size: float) -> Text:
    """A line of grey text."""
    return Text(text=text, x=x, y=y, size=size, color=_GREY)


def table(x: float, y: float, widths: tuple[float, float], rows: int, pitch: float, colour: str) -> Iterator[Shape]:
    """The lines of a table of two columns."""
    height = rows * pitch
    yield Shape(data=ornaments.rectangle(x, y, sum(widths), height), stroke=colour, width=0.4)
    lines = [f"M {x:g} {y + row * pitch:g} L {x + sum(widths):g} {y + row * pitch:g}" for row in range(1, rows)]
    lines.append(f"M {x + widths[0]:g} {y:g} L {x + widths[0]:g} {y + height:g}")
    yield Shape(data=" ".join(lines), stroke=colour, width=0.25)


def blueprint(
    *,
    size: tuple[float, float],
    marks: tuple[Mark, ...],
    columns: tuple[Column, ...],
    seal: tuple[float, float, float],
) -> Blueprint:
    """A blueprint of a page of this size: marks first, then what the columns hold. `seal` is x, y and side."""
    width, height = size
    labels = tuple(label for column in columns for label in column.labels())
    return Blueprint(
        form=Form(width=width, height=height, marks=(*marks, *labels)),
        slots=tuple(slot for column in columns for slot in column.slots()),
        seal=(seal[0], seal[1], seal[2], seal[2]),
    )
