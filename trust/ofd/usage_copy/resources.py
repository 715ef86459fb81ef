"""What the annotations of a usage copy refer to by ID: a named font, and the pictures of seals, each once (GB/T 33190-2016 clause 7.9)."""

from collections.abc import Iterator

from trust.errors import DocumentError
from trust.ofd.building import make
from trust.ofd.usage_copy.original import FOLDER
from trust.ofd.usage_copy.parts import Purse
from trust.ofd.usage_copy.pictures import OFD, Drawable, Picture
from trust.ofd.usage_copy.seal_pages import read_seal_page
from trust.ofd.usage_copy.shelf import Shelf
from trust.ofd.usage_copy.vectors import copy_seal_page

LISTING = f"{FOLDER}/Res.xml"
_FONT_NAME = "宋体"

MAX_SEALS = (
    4 * 1024 * 1024
)  # bytes of XML inside of all seals of one file; one with 6,000 elements needs about one megabyte


class Resources:
    """The font of all texts and the pictures of seals, each once."""

    def __init__(self, identities: Iterator[str]) -> None:
        self._identities = identities
        self._shelf = Shelf()
        self._purse = Purse("the pages inside of seals", MAX_SEALS)
        self._pictures: dict[bytes, Drawable | None] = {}
        self.font = next(identities)
        self._shelf.put(make("Font", ID=self.font, FontName=_FONT_NAME, FamilyName=_FONT_NAME))

    def drawable(self, picture: Picture | None) -> Drawable | None:
        """The picture among the resources, put there the first time; None where there is none that can be shown."""
        if picture is None:
            return None
        if picture.data not in self._pictures:
            self._pictures[picture.data] = self._page(picture) if picture.kind == OFD else self._image(picture)
        return self._pictures[picture.data]

    def _image(self, picture: Picture) -> Drawable:
        name = self._shelf.store(picture.data, picture.kind)
        identity = next(self._identities)
        self._shelf.put(make("MultiMedia", make("MediaFile", text=name), ID=identity, Type="Image"))
        return Drawable(element="ImageObject", identity=identity, opaque=picture.opaque)

    def _page(self, picture: Picture) -> Drawable | None:
        """A seal that is an OFD. One that is damaged, too large or not understood leaves nothing behind."""
        shelf = self._shelf.copy()
        try:
            found = copy_seal_page(read_seal_page(picture.data, self._purse), shelf, self._identities)
        except DocumentError:
            return None
        self._shelf = shelf
        return found

    def parts(self) -> dict[str, bytes]:
        """The file of resources, and the pictures."""
        return self._shelf.parts(LISTING)
