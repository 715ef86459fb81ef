"""The pictures of seals: what one is by its first bytes, and how an object of a page shows it. Decoding them is for readers."""

from dataclasses import dataclass, field

from trust.ofd.usage_copy.boxes import Box

OFD = "ofd"
UNIT = Box(0.0, 0.0, 1.0, 1.0)
"""What an image fills before its CTM (GB/T 33190-2016 clause 10)."""

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"BM": "bmp",
    b"GIF8": "gif",
    b"PK\x03\x04": OFD,
}
_TRANSPARENT = (4, 6)  # PNG colour types with alpha: W3C PNG, clause 11.2.2
_PNG_COLOUR_TYPE = 25  # where IHDR holds it
_PNG_HEAD = 4096  # bytes in which tRNS stands, behind a palette at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A seal's picture as it came: what it is by its first bytes, and whether its ground may be opaque."""

    kind: str
    data: bytes = field(repr=False)

    @property
    def opaque(self) -> bool:
        """Whether it would hide what it is stamped on."""
        if self.kind != "png":
            return self.kind != "gif"
        colours = self.data[_PNG_COLOUR_TYPE : _PNG_COLOUR_TYPE + 1]
        return colours not in {bytes((kind,)) for kind in _TRANSPARENT} and b"tRNS" not in self.data[:_PNG_HEAD]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawable:
    """A picture among the copy's resources: the kind of object that shows it, its ID, what it fills before a CTM, and whether it hides."""

    element: str
    identity: str
    area: Box = UNIT
    opaque: bool


def read_picture(data: bytes) -> Picture | None:
    """A picture of a kind that is shown, else None."""
    kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    return None if kind is None else Picture(kind=kind, data=data)
