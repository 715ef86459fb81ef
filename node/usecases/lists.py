"""The publications this node decides by, parsed and in memory: every province's catalogue and use list in the version held. DESIGN §5.

A province that is down keeps its last good lists (DESIGN §2.9): nothing here expires by silence. Owned by the event loop; replaced
whenever `publication` stores a newer version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from federation.model import catalogue, uselist
from federation.model.application import AuthMode
from federation.model.catalogue import CatalogueEntry
from federation.model.publication import Publication, PublicationError
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
            PublicationError: an entry that no rule can be decided by.
        """
        parsed = parse(publication)
        if isinstance(parsed, Catalogue):
            self._catalogues[publication.publisher] = parsed
        else:
            self._uselists[publication.publisher] = parsed

    def catalogue(self, province: str) -> Catalogue:
        """What this province says it can share."""
        return self._catalogues.get(province, _NO_CATALOGUE)

    def uselist(self, province: str) -> UseList:
        """What this province's units may use."""
        return self._uselists.get(province, _NO_USELIST)


def parse(publication: Publication) -> Catalogue | UseList:
    """A publication as rules read it. Asked before one is kept: a signed one may still hold nonsense.

    Raises:
        PublicationError: an entry that no rule can be decided by.
    """
    try:
        if publication.kind == "catalogue":
            entries = [catalogue.from_dict(raw) for raw in publication.entries]
            _check_kinds(entries)
            return Catalogue(version=publication.version, entries={one.type_code: one for one in entries})
        lines = [uselist.from_dict(raw) for raw in publication.entries]
        _check_kinds(lines)
        for line in lines:
            AuthMode(line.auth_mode)
            _check_day(line.valid_from)
            _check_day(line.valid_to)
    except (TypeError, ValueError) as error:
        raise PublicationError(f"an entry is malformed: {type(error).__name__}") from error
    return UseList(version=publication.version, lines={line.use_list_id: line for line in lines})


def _check_kinds(entries: list[CatalogueEntry] | list[UseListLine]) -> None:
    """Every member is a text or a list of texts, as the model says.

    Raises:
        TypeError: one is not.
    """
    for entry in entries:
        for one in fields(entry):
            value = getattr(entry, one.name)
            texts = (value,) if one.type is str else value
            if not isinstance(texts, tuple) or not all(isinstance(text, str) for text in texts):
                raise TypeError(one.name)


def _check_day(text: str) -> None:
    """yyyy-mm-dd: days are compared as texts.

    Raises:
        ValueError: another form, or no day.
    """
    if date.fromisoformat(text).isoformat() != text:
        raise ValueError("not in the form yyyy-mm-dd")
