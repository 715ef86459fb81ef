"""The catalogue (证照目录): the certificate types a province can share. Clause 6.2; GB/T 36902 names in REQUIREMENTS §3.1.

A reader leaves members it does not know out of the way rather than refusing the entry, and takes the default of one that a later version
of the standard may bring. Not the rules of what a good entry is: those are the list manager's (`node.lists`).
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from federation.model._members import known


class EntryStatus(StrEnum):
    """What a published entry says of itself."""

    PUBLISHED = "PUBLISHED"
    SUSPENDED = "SUSPENDED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceField:
    """One item printed on the certificate (照面项), and whether it says something sensitive of a person."""

    column_name: str
    name: str
    value_type: str = "TEXT"
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One version of one certificate type of one province. Field names are those of REQUIREMENTS 6.2 in snake case.

    Its key is (type_code, version). `effective` is a time such as 2026-01-31T16:00:00Z, "" for at once; `valid_from` and `valid_to` are ISO
    days of Beijing time, both included, "" for no bound. `approvals` says who took which step, by keyed digest.
    """

    type_code: str
    version: int = 1
    status: str = EntryStatus.PUBLISHED.value
    effective: str = ""
    province_code: str
    type_name: str
    local_type_name: str = ""
    category: str = ""
    define_authority_name: str
    define_authority_code: str
    define_authority_level: str = ""
    related_item_names: tuple[str, ...] = ()
    related_item_codes: tuple[str, ...] = ()
    holder_category: str
    holder_type_codes: tuple[str, ...]
    validity_ranges: tuple[str, ...] = ()
    issuing_authority_levels: tuple[str, ...] = ()
    trust_level: str = ""
    share_modes: tuple[str, ...]
    file_formats: tuple[str, ...]
    surface_schema: tuple[FaceField, ...] = ()
    issue_scope: tuple[str, ...] = ()
    history_from: str = ""
    update_latency: str = ""
    auth_required: str = "ITEM_DUTY"
    valid_from: str = ""
    valid_to: str = ""
    publisher_org: str = ""
    filing_no: str = ""
    contact: str = ""
    approvals: tuple[dict[str, Any], ...] = ()

    @property
    def catalog_id(self) -> str:
        """目录条目标识: province, type code and version."""
        return f"{self.province_code}{self.type_code}{self.version:03d}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The face data columns that DATA can deliver."""
        return tuple(one.column_name for one in self.surface_schema)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def from_dict(raw: dict[str, Any]) -> CatalogueEntry:
    """Read an entry; unknown members are left out.

    Raises:
        TypeError: a mandatory member is missing, or one is not of its kind.
    """
    values = known(CatalogueEntry, raw, apart=("surface_schema",))
    schema = raw.get("surface_schema", [])
    if not isinstance(schema, list):
        raise TypeError("surface_schema")
    return CatalogueEntry(**values, surface_schema=tuple(_face_field(one) for one in schema))


def _face_field(raw: Any) -> FaceField:
    """A face field; the column's name alone is a field of that name."""
    if isinstance(raw, str):
        return FaceField(column_name=raw, name=raw.removeprefix("KZ_"))
    if not isinstance(raw, dict):
        raise TypeError("surface_schema")
    return FaceField(**known(FaceField, raw))
