"""One asking under way: what was asked, and what came of each province. Decides nothing; clause 8.4."""

from dataclasses import dataclass, field

from federation.holder_uses import Claim, Listing, joined
from federation.model.holder_uses import ListedUse, Role, UsesQuery
from federation.model.search import ProvinceOutcome
from node.ports.services import Caller
from node.usecases.holder_log.merging import Shown


@dataclass(slots=True, kw_only=True)
class UsesRound:
    """One asking under way: what was asked, and what came of each province."""

    caller: Caller
    query: UsesQuery
    exchange_id: str
    start: float
    requests: list[int] = field(default_factory=list)
    outcomes: dict[str, ProvinceOutcome] = field(default_factory=dict)
    claims: dict[str, tuple[Claim, ...]] = field(default_factory=dict)
    listings: dict[str, tuple[Listing, ...]] = field(default_factory=dict)
    took_ms: dict[str, int] = field(default_factory=dict)

    def note(self, one: ProvinceOutcome) -> None:
        """What came of a province: of its first answer. That it says no more when it is asked again leaves its list as it is."""
        self.outcomes.setdefault(one.province, one)

    def keep(self, code: str, claims: tuple[Claim, ...], listing: Listing) -> None:
        """A list that is believed, beside the one given before."""
        self.claims[code] = joined((self.claims.get(code, ()), claims))
        self.listings[code] = (*self.listings.get(code, ()), listing)

    def shown(self) -> list[Shown]:
        """Every use that is listed, with its words beside what its log shows."""
        uses: dict[tuple[str, str, Role, str], ListedUse] = {}
        for code, several in self.listings.items():
            for use in (use for one in several for use in one.said.uses):
                uses[code, use.exchange_id, use.role, use.peer] = use
        every = (claim for claims in self.claims.values() for claim in claims)
        return [Shown(use=uses[one.province, one.exchange_id, one.role, one.peer], claim=one) for one in every]
