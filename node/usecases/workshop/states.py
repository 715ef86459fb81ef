"""In which state of its life an entry is, worked out from what is published, drafted and decided. REQUIREMENTS C9-1, C9-5, 6.2.

Words for people and filters; the rules that decide a request do not use them (`checks`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.model.uselist import LineStatus, UseListLine, utc_text
from node.library.dates import CHINA
from node.ports.lists import DraftState, Kind, StoredDraft
from node.usecases.admission.catalogue import ended
from node.usecases.lists import Lists, PublishedLine
from node.usecases.workshop.entry import Standing

STATES = {
    Kind.CATALOGUE: ("DRAFT", "REVIEW", "PUBLISHED", "SUSPENDED", "WITHDRAWN"),
    Kind.USELIST: (
        "DRAFT",
        "SUBMITTED",
        "PROVIDER_REVIEW",
        "REJECTED",
        "ACTIVE",
        "SUSPENDED",
        "EXPIRED",
        "WITHDRAWN",
    ),
    Kind.DECISIONS: ("DRAFT", "SUBMITTED", "ACCEPTED", "LIMITED", "REJECTED", "SUSPENDED"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """What one provider says to a line: its ruling ("" none yet), the version it decided on, and its reasons."""

    provider: str
    ruling: str
    line_version: int
    reasons: tuple[str, ...] = ()
    offers: bool = True

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "provider": self.provider,
            "ruling": self.ruling,
            "line_version": self.line_version,
            "reasons": list(self.reasons),
            "offers": self.offers,
        }


class States:
    """Works out states."""

    def __init__(self, lists: Lists, clock: Callable[[], datetime]) -> None:
        """Over the lists that this node holds."""
        self._lists = lists
        self._clock = clock

    def state(
        self, kind: Kind, province: str, entry_id: str, versions: Sequence[Standing], draft: StoredDraft | None
    ) -> str:
        """The word for an entry of this province's publication."""
        if not versions:
            return _of_draft(kind, draft)
        if kind is not Kind.USELIST:
            return versions[-1].status
        line = self.line(province, entry_id)
        return versions[-1].status if line is None else self._of_line(line)

    def line(self, consumer: str, entry_id: str) -> PublishedLine | None:
        """The line that counts now: the effective version, or where none is yet the first that will be."""
        versions = self._lists.line_versions(consumer, entry_id)
        return self._lists.line(consumer, entry_id, self._clock()) or (versions[0] if versions else None)

    def _of_line(self, published: PublishedLine) -> str:
        line = published.line
        if line.status != LineStatus.ACTIVE:
            return line.status
        if line.valid_to < self._today():
            return "EXPIRED"
        rulings = [one.ruling for one in self.standpoints(published)]
        if any(one in ("ACCEPTED", "LIMITED") for one in rulings):
            return "ACTIVE"
        if any(not one for one in rulings) or not rulings:
            return "PROVIDER_REVIEW"
        return "SUSPENDED" if "SUSPENDED" in rulings else "REJECTED"

    def standpoints(self, published: PublishedLine) -> list[Standpoint]:
        """What every named provider says; a province's own line needs no decision at home."""
        return [self._standpoint(one, published) for one in published.line.provider_provinces]

    def _standpoint(self, provider: str, published: PublishedLine) -> Standpoint:
        line = published.line
        offers = self.offers_any(provider, line)
        if provider == line.consumer_province:
            return Standpoint(provider=provider, ruling="ACCEPTED", line_version=line.version, offers=offers)
        made = self._lists.decision(provider, published)
        if made is None:
            return Standpoint(provider=provider, ruling="", line_version=0, offers=offers)
        return Standpoint(
            provider=provider, ruling=made.status, line_version=made.line_version, reasons=made.reasons, offers=offers
        )

    def offers_any(self, provider: str, line: UseListLine) -> bool:
        """Whether the provider shares at least one of the line's types."""
        now, today = self._clock(), self._today()
        return any(not ended(self._lists.entry(provider, code, now), today) for code in line.type_codes)

    def _today(self) -> str:
        return self._clock().astimezone(CHINA).date().isoformat()

    def dead(self, published: PublishedLine) -> str:
        """Why a line that is accepted can bring nothing any more; "" where it can. C9-5."""
        accepted = [one for one in self.standpoints(published) if one.ruling in ("ACCEPTED", "LIMITED")]
        if not accepted or any(one.offers for one in accepted):
            return ""
        ends = [self._end(one.provider, code) for one in accepted for code in published.line.type_codes]
        return "; ".join(dict.fromkeys(end for end in ends if end)) or "no provider offers its types"

    def _end(self, provider: str, code: str) -> str:
        """What became of a type at a provider."""
        entry = self._lists.entry(provider, code, self._clock())
        if entry is None:
            return f"{code} is not in the catalogue of {provider}"
        at = next((one.get("at", "") for one in reversed(entry.approvals)), "")
        return f"{code} {entry.status} at {provider}{f' since {at}' if at else ''}"

    def effective_from(self, versions: Sequence[Standing]) -> str:
        """When the newest version takes over; "" where it has."""
        newest = versions[-1].effective if versions else ""
        return newest if newest > utc_text(self._clock()) else ""


def _of_draft(kind: Kind, draft: StoredDraft | None) -> str:
    if draft is None or draft.state is DraftState.DRAFT:
        return "DRAFT"
    return "REVIEW" if kind is Kind.CATALOGUE else "SUBMITTED"
