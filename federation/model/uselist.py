"""The use list (用证清单): who may use which certificate types for which matter. Clauses 6.3 and 9; fields of REQUIREMENTS 6.3.

A consumer publishes its lines, each provider decides them (`decision`); a request is checked against both on the provider's own copy. Not
the rules of what a good line is: those are the list manager's (`node.lists`).
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from federation.model._members import known
from trust import canonical, gm

# What does not belong to a line's content: a decision on the content stands while these change.
_AROUND = frozenset({"status", "effective", "approvals"})
MANUAL = "MANUAL"
"""The one word of `review` in lines and decisions."""


class LineStatus(StrEnum):
    """What a published line says of itself."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class UseListLine:
    """One version of one line: one matter of one using unit. Its key is (use_list_id, version).

    `review` `MANUAL`: every application under the line waits for a person's decision at each provider (人工核验); "" for none.
    `valid_from` and `valid_to` are ISO days of Beijing time, inclusive. `effective` is a time such as 2026-01-31T16:00:00Z, "" for at once:
    from then on this version replaces the one before. Empty tuples of apps or operators mean no restriction; limits of 0 mean none.
    `standing_days` is how long a standing application (常用授权) under the line may hold; 0 admits none.
    """

    use_list_id: str
    version: int = 1
    status: str = LineStatus.ACTIVE.value
    effective: str = ""
    consumer_province: str
    provider_provinces: tuple[str, ...]
    scene_name: str
    scene_type: str = ""
    item_code: str
    item_name: str
    business_code: str = ""
    use_org_code: str
    use_org_name: str
    type_codes: tuple[str, ...]
    purpose: str
    legal_basis: str
    auth_mode: str
    output_modes: tuple[str, ...]
    allowed_fields: tuple[str, ...] = ()
    daily_limit: int = 0
    rate_per_minute: int = 0
    standing_days: int = 0
    app_ids: tuple[str, ...] = ()
    operator_scope: tuple[str, ...] = ()
    review: str = ""
    valid_from: str
    valid_to: str
    approvals: tuple[dict[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def from_dict(raw: dict[str, Any]) -> UseListLine:
    """Read a line; unknown members are left out.

    Raises:
        TypeError: a mandatory member is missing, or one is not of its kind.
    """
    return UseListLine(**known(UseListLine, raw))


def content_digest(raw: dict[str, Any]) -> str:
    """SM3 (hex) of what a line says, its status, time of effect and approvals left out: what a provider's decision binds to.

    Over all members of the published entry, also those this version does not know.
    """
    return gm.sm3(canonical.dumps({name: value for name, value in raw.items() if name not in _AROUND})).hex()


def utc_text(moment: datetime) -> str:
    """A time as lists write it: to the second, in UTC, so that times compare as texts.

    Raises:
        ValueError: a time without an offset.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
