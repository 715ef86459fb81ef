"""The use list (用证清单): who may use which certificate types for which matter. Clause 6.3 and 9; fields of REQUIREMENTS 6.3.

A consumer publishes its lines; a provider checks every request against its own copy. The provider's decision line by line, limits and
life cycle are a later issue.
"""

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class UseListLine:
    """One line: one matter of one using unit. Dates are ISO, inclusive; empty tuples of apps or operators mean no restriction."""

    use_list_id: str
    consumer_province: str
    provider_provinces: tuple[str, ...]
    scene_name: str
    item_code: str
    item_name: str
    business_code: str
    use_org_code: str
    use_org_name: str
    type_codes: tuple[str, ...]
    purpose: str
    legal_basis: str
    auth_mode: str
    output_modes: tuple[str, ...]
    allowed_fields: tuple[str, ...]
    app_ids: tuple[str, ...]
    operator_scope: tuple[str, ...]
    valid_from: str
    valid_to: str
    status: str = "ACTIVE"

    def in_force(self, today: date) -> bool:
        """Whether the line is active and today lies between its dates (both included)."""
        return self.status == "ACTIVE" and self.valid_from <= today.isoformat() <= self.valid_to

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def from_dict(raw: dict[str, Any]) -> UseListLine:
    """Read a line; unknown members are left out.

    Raises:
        TypeError: a mandatory member is missing.
    """
    known = {one.name for one in fields(UseListLine)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in raw.items() if name in known
    }
    return UseListLine(**values)
