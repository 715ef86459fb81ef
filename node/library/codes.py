"""Dated code tables (holder code types, statuses, certificate types, regions), read from TOML. Not the rules that use them.

Each file says where its codes come from (`source`) and on which day they were last compared with it (`date`): REQUIREMENTS §3.5–3.7 ask
for dated tables because codes are merged and renumbered.
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


class HolderCodeType(_Entry):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """All tables, keyed by code. Regions map a six-digit code to its name."""

    holder_types: Mapping[str, HolderCodeType]
    statuses: Mapping[str, StatusCode]
    certificate_types: Mapping[str, CertificateType]
    regions: Mapping[str, str]

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
    """Read the four tables from `folder`, by default from `codes_folder()`.

    Raises:
        CodesError: a file is missing, not TOML, or an entry has not the shape above.
    """
    where = folder or codes_folder()
    return Codes(
        holder_types=_table(where, "holder_code_types.toml", _HolderTypes).types,
        statuses=_table(where, "certificate_statuses.toml", _Statuses).statuses,
        certificate_types=_table(where, "certificate_types.toml", _Types).types,
        regions=_table(where, "regions.toml", _Regions).regions,
    )


@cache
def default_codes() -> Codes:
    """The tables of `codes_folder()`, read once.

    Raises:
        CodesError: as `load_codes`.
    """
    return load_codes()
