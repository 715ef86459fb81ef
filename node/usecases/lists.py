"""The publications this node decides by, parsed and in memory: every province's catalogue and use list in the version held. DESIGN §5.

A province that is down keeps its last good lists (DESIGN §2.9): nothing here expires by silence. Owned by the event loop; replaced
whenever `publication` stores a newer version.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from federation.model import catalogue, uselist
from federation.model.catalogue import CatalogueEntry
from federation.model.publication import Publication
from federation.model.uselist import UseListLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One province's catalogue: entries by type code. Version 0 is none."""

    version: int
    entries: Mapping[str, CatalogueEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class UseList:
    """One province's use list: lines by id. Version 0 is none."""

    version: int
    lines: Mapping[str, UseListLine]


_NO_CATALOGUE = Catalogue(version=0, entries={})
_NO_USELIST = UseList(version=0, lines={})


class Lists:
    """The newest list of each kind and province."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._catalogues: dict[str, Catalogue] = {}
        self._uselists: dict[str, UseList] = {}

    def take(self, publication: Publication) -> None:
        """Use this publication from now on.

        Raises:
            TypeError: an entry lacks a mandatory member.
        """
        if publication.kind == "catalogue":
            entries = [catalogue.from_dict(raw) for raw in publication.entries]
            self._catalogues[publication.publisher] = Catalogue(
                version=publication.version, entries={entry.type_code: entry for entry in entries}
            )
        else:
            lines = [uselist.from_dict(raw) for raw in publication.entries]
            self._uselists[publication.publisher] = UseList(
                version=publication.version, lines={line.use_list_id: line for line in lines}
            )

    def catalogue(self, province: str) -> Catalogue:
        """What this province says it can share."""
        return self._catalogues.get(province, _NO_CATALOGUE)

    def uselist(self, province: str) -> UseList:
        """What this province's units may use."""
        return self._uselists.get(province, _NO_USELIST)
