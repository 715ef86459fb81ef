"""Decisions: what a provider says to each use-list line that names it. Clauses 6.1 and 9 (C9-2), REQUIREMENTS S2.

A province publishes its decisions as it publishes its lists: versioned, signed, pulled by every peer. Only a line that its provider has
accepted authorises, within the provider's limits. A province's own lines need no decision of its own.
"""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from federation.model._members import known
from federation.model.uselist import UseListLine


class Ruling(StrEnum):
    """What a provider decided. SUSPENDED takes an acceptance back at once, for a while."""

    ACCEPTED = "ACCEPTED"
    LIMITED = "LIMITED"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A provider's decision on one version of one line of a consumer. Its key is (decision_id, version).

    `line_digest` is the content the provider saw (`uselist.content_digest`): a line that says something else is not decided. Of the limits,
    an empty tuple, "" and 0 mean none beyond the line's own; `review` is as in a line. `basis` is "hand" or "policy".
    """

    decision_id: str
    version: int = 1
    status: str
    consumer: str
    use_list_id: str
    line_version: int
    line_digest: str
    reasons: tuple[str, ...] = ()
    type_codes: tuple[str, ...] = ()
    output_modes: tuple[str, ...] = ()
    allowed_fields: tuple[str, ...] = ()
    daily_limit: int = 0
    rate_per_minute: int = 0
    valid_to: str = ""
    review: str = ""
    basis: str = "hand"
    approvals: tuple[dict[str, Any], ...] = ()

    @property
    def admits(self) -> bool:
        """Whether the line authorises at this provider."""
        return self.status in (Ruling.ACCEPTED, Ruling.LIMITED)

    @property
    def _limits(self) -> bool:
        """Whether it narrows anything: most do not, and a line is narrowed at every application."""
        return bool(
            self.type_codes
            or self.output_modes
            or self.allowed_fields
            or self.daily_limit
            or self.rate_per_minute
            or self.valid_to
            or self.review
        )

    def narrowed(self, line: UseListLine) -> UseListLine:
        """The line within this decision's limits: never wider than either."""
        if not self._limits:
            return line
        return replace(
            line,
            type_codes=_both(line.type_codes, self.type_codes),
            output_modes=_both(line.output_modes, self.output_modes),
            allowed_fields=_both(line.allowed_fields, self.allowed_fields),
            daily_limit=_lower(line.daily_limit, self.daily_limit),
            rate_per_minute=_lower(line.rate_per_minute, self.rate_per_minute),
            valid_to=min(line.valid_to, self.valid_to) if self.valid_to else line.valid_to,
            review=self.review or line.review,
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def decision_id(consumer: str, use_list_id: str, line_version: int) -> str:
    """The id of the decision on a version of a consumer's line."""
    return f"{consumer}/{use_list_id}/{line_version}"


def from_dict(raw: dict[str, Any]) -> Decision:
    """Read a decision; unknown members are left out.

    Raises:
        TypeError: a mandatory member is missing, or one is not of its kind.
    """
    return Decision(**known(Decision, raw))


def _both(line: tuple[str, ...], limit: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in line if one in limit) if limit else line


def _lower(line: int, limit: int) -> int:
    """The lower of two limits, where 0 is none."""
    return min((one for one in (line, limit) if one), default=0)
