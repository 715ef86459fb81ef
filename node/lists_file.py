"""The province's lists as TOML files: read and checked before they are published. Clause 6; the fields are in `federation.model`.

catalogue.toml holds [[types]], uselist.toml holds [[lines]]; keys are those of `CatalogueEntry` and `UseListLine`. Life cycle and reviews
are a later issue.
"""

from dataclasses import MISSING, Field, fields
from datetime import date
from pathlib import Path
from typing import Any

from federation.model.application import AuthMode, Output
from federation.model.catalogue import CatalogueEntry
from federation.model.catalogue import from_dict as catalogue_from_dict
from federation.model.uselist import UseListLine
from federation.model.uselist import from_dict as uselist_from_dict
from node.config import read_toml
from node.errors import ConfigError

MAX_FILE_BYTES = 12 << 20
TYPE_CODE_LENGTH = 21  # GB/T 36902: credit code of the defining authority and three more


def catalogue_entries(path: Path, province: str) -> tuple[dict[str, Any], ...]:
    """The entries of a catalogue file, ordered by type code.

    Raises:
        ConfigError: the file, entry and key that are wrong.
    """
    entries = []
    for where, raw in _tables(path, "types"):
        _check_keys(where, raw, CatalogueEntry, {"catalog_id", "province_code"})
        label = f"{province}{raw['type_code']}"
        entry = catalogue_from_dict({"catalog_id": label, "province_code": province, **raw})
        _check(where, "type_code", len(entry.type_code) == TYPE_CODE_LENGTH, "has 21 characters")
        offered = _all(Output, entry.share_modes) and Output.ORIGINAL not in entry.share_modes
        _check(where, "share_modes", offered, "are FILE, DATA or VERIFY (a use-list line decides on originals)")
        entries.append(entry.to_dict())
    _check_unique(path, "type_code", entries)
    return tuple(sorted(entries, key=lambda one: str(one["type_code"])))


def uselist_lines(path: Path, province: str) -> tuple[dict[str, Any], ...]:
    """The lines of a use-list file, ordered by id.

    Raises:
        ConfigError: the file, line and key that are wrong.
    """
    lines = []
    for where, raw in _tables(path, "lines"):
        _check_keys(where, raw, UseListLine, {"consumer_province"})
        line = uselist_from_dict({"consumer_province": province, **raw})
        _check(where, "output_modes", _all(Output, line.output_modes), "are FILE, ORIGINAL, DATA or VERIFY")
        _check(where, "auth_mode", line.auth_mode in AuthMode.__members__, "is DUTY, HOLDER or ENTRUST")
        _check(
            where,
            "valid_from",
            _is_day(line.valid_from) and _is_day(line.valid_to),
            "and valid_to are days such as 2026-01-31",
        )
        _check(where, "valid_to", line.valid_from <= line.valid_to, "is not before valid_from")
        lines.append(line.to_dict())
    _check_unique(path, "use_list_id", lines)
    return tuple(sorted(lines, key=lambda one: str(one["use_list_id"])))


def _tables(path: Path, name: str) -> list[tuple[str, dict[str, Any]]]:
    """The tables of an array, each with the words that name its place; dates become ISO text."""
    raw = read_toml(path, max_bytes=MAX_FILE_BYTES)
    tables = raw.get(name, [])
    if set(raw) - {name} or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path}: holds [[{name}]] tables and nothing else; remove the rest")
    return [
        (f"{path}: {name}[{index}]", {key: _plain(value) for key, value in table.items()})
        for index, table in enumerate(tables)
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _check_keys(where: str, raw: dict[str, Any], model: type[Any], given: set[str]) -> None:
    """Mandatory keys present, no unknown ones, texts and lists of texts only."""
    known = {one.name: one for one in fields(model) if one.name not in given}
    for key in raw:
        if key not in known:
            raise ConfigError(f"{where}.{key}: is not a known key; remove it or correct its spelling")
    for key, one in known.items():
        if key not in raw and one.default is MISSING:
            raise ConfigError(f"{where}.{key}: is missing; add it")
        if key in raw and not _fits(one, raw[key]):
            raise ConfigError(f"{where}.{key}: is not of the right kind; write {_kind(one)}")


def _fits(one: "Field[Any]", value: Any) -> bool:
    if one.type in (str, "str"):
        return isinstance(value, str)
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _kind(one: "Field[Any]") -> str:
    return "a text" if one.type in (str, "str") else "a list of texts"


def _check(where: str, key: str, holds: bool, rule: str) -> None:
    if not holds:
        raise ConfigError(f"{where}.{key}: {rule}; correct the value")


def _check_unique(path: Path, key: str, entries: list[dict[str, Any]]) -> None:
    values = [entry[key] for entry in entries]
    if len(set(values)) != len(values):
        raise ConfigError(f"{path}: a {key} stands twice; remove one")


def _all(words: type[Output], values: tuple[str, ...]) -> bool:
    return all(value in words.__members__ for value in values)


def _is_day(text: str) -> bool:
    """yyyy-mm-dd and no other ISO form: days are compared as texts."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
