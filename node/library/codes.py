"""Dated code tables (holder code types, statuses, certificate types, regions, words of lists), read from TOML. Not the rules that use them.

Each file says where its codes come from (`source`) and on which day they were last compared with it (`date`): REQUIREMENTS §3.5–3.7 ask
for dated tables because codes are merged and renumbered. A code that came or went has its first or last day beside it; one without days
has always held, as far as is known.
"""

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError


class CodesError(Exception):
    """A code table is missing or malformed; the message names the file and the key."""


class _Entry(BaseModel):
    """What every table entry obeys: no unknown keys, no conversions, no changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Dated(_Entry):
    """An entry that may hold for a time only. Both days are included; None is no bound."""

    valid_from: date | None = None
    valid_to: date | None = None


class HolderCodeType(Dated):
    """A kind of holder code; the names of `rule` are explained at the head of holder_code_types.toml."""

    name: str
    rule: Literal["citizen-id", "credit-code", "document", "free"]
    category: str
    subclass: str = ""


class StatusCode(_Entry):
    """What a certificate status means; `edges` holds the words of foreign systems for it."""

    name: str
    deliverable: bool
    verify_result: str
    edges: Mapping[str, list[str]]


class CertificateType(_Entry):
    """A certificate type. `invented` codes are demonstrations only; an unconfirmed name is a guess."""

    name: str
    authority: str
    holder_kind: str
    confirmed: bool = True
    invented: bool = False


class ListWord(Dated):
    """A word or code that lists are written with. `name` is what clerks read, where the code itself is not that.

    `now` is what to write instead of a code that is no more.
    """

    name: str = ""
    now: str = ""


class _HolderTypes(_Entry):
    source: str
    date: date
    types: dict[str, HolderCodeType]


class _Statuses(_Entry):
    source: str
    date: date
    statuses: dict[str, StatusCode]


class _Types(_Entry):
    source: str
    date: date
    types: dict[str, CertificateType]


class _Regions(_Entry):
    source: str
    date: date
    regions: dict[str, str]
    others: dict[str, str] = {}
    former: dict[str, ListWord] = {}


class _Words(_Entry):
    source: str
    date: date
    words: dict[str, ListWord]


WORD_FILES = ("authority_levels", "file_formats", "holder_categories", "scene_types")
"""Tables of `Codes.words`, each in a file of its name; beside them are "holder_types", "regions" and "provinces"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """All tables, keyed by code. Regions map a six-digit code of today to its name.

    `words` holds what lists are written with, by table, also what holds no more: `WORD_FILES`, "holder_types", "regions" and "provinces".
    """

    holder_types: Mapping[str, HolderCodeType]
    statuses: Mapping[str, StatusCode]
    certificate_types: Mapping[str, CertificateType]
    regions: Mapping[str, str]
    words: Mapping[str, Mapping[str, ListWord]]

    def status_of(self, system: str, word: str) -> str | None:
        """The canonical status for the word a foreign system uses; None where the table has none."""
        return next((code for code, entry in self.statuses.items() if word in entry.edges.get(system, ())), None)

    def province_of(self, area_code: str) -> str | None:
        """The province (xx0000) of a six-digit area code; None where it is none of the table's provinces."""
        province = f"{area_code[:2]}0000"
        return province if province in self.regions else None


def codes_folder() -> Path:
    """Where the tables are: in the checkout, or where the wheel puts shared data.

    Raises:
        CodesError: in neither place.
    """
    checkout = Path(__file__).parents[2] / "config" / "codes"
    installed = Path(sys.prefix) / "share" / "certmesh" / "codes"
    found = next((folder for folder in (checkout, installed) if folder.is_dir()), None)
    if found is None:
        raise CodesError(f"no code tables: neither {checkout} nor {installed} exists")
    return found


def _table(folder: Path, name: str, model: type[Any]) -> Any:
    path = folder / name
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CodesError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise CodesError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def load_codes(folder: Path | None = None) -> Codes:
    """Read the tables from `folder`, by default from `codes_folder()`.

    Raises:
        CodesError: a file is missing, not TOML, or an entry has not the shape above.
    """
    where = folder or codes_folder()
    holder_types = _table(where, "holder_code_types.toml", _HolderTypes).types
    regions = _table(where, "regions.toml", _Regions)
    return Codes(
        holder_types=holder_types,
        statuses=_table(where, "certificate_statuses.toml", _Statuses).statuses,
        certificate_types=_table(where, "certificate_types.toml", _Types).types,
        regions=regions.regions,
        words={
            **{name: _table(where, f"{name}.toml", _Words).words for name in WORD_FILES},
            **_region_words(regions),
            "holder_types": {code: _word(one) for code, one in holder_types.items()},
        },
    )


def _region_words(regions: _Regions) -> dict[str, dict[str, ListWord]]:
    """All regions, today's, other provinces and former ones; and those that are provinces."""
    today = regions.regions | regions.others
    words = {code: ListWord(name=name) for code, name in today.items()} | regions.former
    return {"regions": words, "provinces": {code: one for code, one in words.items() if code.endswith("0000")}}


def _word(one: HolderCodeType) -> ListWord:
    return ListWord(name=one.name, valid_from=one.valid_from, valid_to=one.valid_to)


@cache
def default_codes() -> Codes:
    """The tables of `codes_folder()`, read once.

    Raises:
        CodesError: as `load_codes`.
    """
    return load_codes()
