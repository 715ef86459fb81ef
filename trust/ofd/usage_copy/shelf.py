"""Entries of a file of resources (GB/T 33190-2016 clause 7.9), and the files that they name, as they are gathered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from trust.ofd.building import make, to_bytes

_LISTS = {
    "ColorSpace": "ColorSpaces",
    "DrawParam": "DrawParams",
    "Font": "Fonts",
    "MultiMedia": "MultiMedias",
    "CompositeGraphicUnit": "CompositeGraphicUnits",
}
_FOLDER = "Res"


@dataclass(slots=True)
class Shelf:
    """Entries by kind, and files by the name that entries give them."""

    entries: Mapping[str, list[ET.Element]] = field(default_factory=lambda: {kind: [] for kind in _LISTS})
    files: dict[str, bytes] = field(default_factory=dict)

    def copy(self) -> "Shelf":
        """Another shelf with the same on it: what turns out to be unusable is left there."""
        return Shelf({kind: list(found) for kind, found in self.entries.items()}, dict(self.files))

    def put(self, entry: ET.Element) -> None:
        """Add an entry to the list of its kind."""
        self.entries[entry.tag.rpartition("}")[2]].append(entry)

    def store(self, data: bytes, suffix: str) -> str:
        """Add a file; the result is what entries call it."""
        name = f"Seal_{len(self.files)}.{suffix}"
        self.files[name] = data
        return name

    def parts(self, listing: str) -> dict[str, bytes]:
        """The file of resources with the path `listing`, and the files beside it."""
        lists = [make(_LISTS[kind], *found) for kind, found in self.entries.items() if found]
        folder = f"{listing.rpartition('/')[0]}/{_FOLDER}"
        files = {f"{folder}/{name}": data for name, data in self.files.items()}
        return {listing: to_bytes(make("Res", *lists, BaseLoc=_FOLDER)), **files}
