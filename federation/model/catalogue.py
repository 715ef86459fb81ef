"""The catalogue (证照目录): the certificate types a province can share. Clause 6.2; GB/T 36902 names in REQUIREMENTS §3.1.

Entries of the first version carry what search, verdict and counters need; life cycle and reviews are a later issue. A reader keeps
members it does not know out of the way rather than refusing the entry.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One certificate type of one province. Field names are those of REQUIREMENTS 6.2 in snake case."""

    catalog_id: str
    province_code: str
    type_code: str
    type_name: str
    local_type_name: str
    define_authority_name: str
    define_authority_code: str
    holder_category: str
    holder_type_codes: tuple[str, ...]
    share_modes: tuple[str, ...]
    file_formats: tuple[str, ...]
    surface_schema: tuple[str, ...]
    history_from: str = ""
    update_latency: str = ""
    auth_required: str = "ITEM_DUTY"
    contact: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def from_dict(raw: dict[str, Any]) -> CatalogueEntry:
    """Read an entry; unknown members are left out.

    Raises:
        TypeError: a mandatory member is missing.
    """
    known = {one.name for one in fields(CatalogueEntry)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in raw.items() if name in known
    }
    return CatalogueEntry(**values)
