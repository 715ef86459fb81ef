"""Who left a use out of a holder's log: kept with a file that shows it, counted, and told to the operators. Clause 8.5, DESIGN §2.7.

The file holds the accuser's entry of the use, proven, and the lists of the province that is named, with its own entries of its answers. It
names no holder. A province that leaves much out fills no disk: one file for each province and asking, and a few in all.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from federation.holder_uses import Contradiction, Kind, Listing, OmissionFile
from node.exhibits import Exhibits
from node.ports.holder_log import Omission
from node.ports.store import Nouns, Store
from trust import gm

MAX_FILES = 40  # of this kind: exhibits of forks need room, too
_PREFIX = "omission-"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A contradiction, under the asking that found it, and the name of the file that shows it."""

    contradiction: Contradiction
    asked: str
    exhibit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OmissionBook:
    """Keeps what was left out. `counted` is told the province of each that is new."""

    province: str
    store: Store
    exhibits: Exhibits
    clock: Callable[[], datetime]
    counted: Callable[[str], None]

    async def exhibited(
        self, asked: str, found: Sequence[Contradiction], listings: Mapping[str, tuple[Listing, ...]]
    ) -> tuple[Found, ...]:
        """What was left out for certain and is not on record yet, with a file for each province.

        Other contradictions are in the entry alone: one province's word does not convict another, and neither does a list of a time, from
        which the law may hold a use back: the province has to have been asked for it by name, and not to have listed it.
        """
        omitted = self.store.read.holder_log.omitted
        named = {code: {name for one in lists for name in one.asked.exchanges} for code, lists in listings.items()}
        omissions = [one for one in found if one.kind is Kind.OMITTED and one.certain]
        sure = [one for one in omissions if one.exchange_id in named.get(one.province, ())]
        fresh = [one for one in sure if not omitted(one.province, one.exchange_id)]
        names: dict[str, str] = {}
        for one in fresh:
            if one.province not in names:
                content = self._file(one, asked, listings).to_json()
                names[one.province] = await asyncio.to_thread(self._kept, one.province, content)
        return tuple(Found(contradiction=one, asked=asked, exhibit=names[one.province]) for one in fresh)

    def _file(self, one: Contradiction, asked: str, listings: Mapping[str, tuple[Listing, ...]]) -> OmissionFile:
        listing, use = next(
            (listing, use)
            for listing in listings[one.accuser]
            for use in listing.said.uses
            if (use.exchange_id, use.role, use.entry.index) == (one.exchange_id, one.role, one.index)
        )
        return OmissionFile(
            province=one.province,
            asker=self.province,
            asked=asked,
            use=one.exchange_id,
            accuser=one.accuser,
            shown=use,
            checkpoint=listing.said.checkpoint,
            listings=listings[one.province],
        )

    def _kept(self, province: str, content: bytes) -> str:
        """The name of the file, "" where there is no room for it."""
        name = f"{_PREFIX}{province}-{gm.sm3(content).hex()[:32]}"
        try:
            kept = self.exhibits.count(_PREFIX) < MAX_FILES and self.exhibits.keep(name, content)
        except OSError as error:
            _log.error("holder_log.exhibit_not_kept", province=province, error=error.strerror)
            return ""
        return f"{name}.json" if kept else ""

    def put(self, nouns: Nouns, found: Sequence[Found]) -> None:
        """Keep them, in the unit of work that puts the asking on record."""
        for one in found:
            against = one.contradiction
            nouns.holder_log.put_omission(
                Omission(
                    province=against.province,
                    exchange_id=against.exchange_id,
                    accuser=against.accuser,
                    asked=one.asked,
                    exhibit=one.exhibit,
                    found_at=self.clock(),
                )
            )

    def tell(self, found: Sequence[Found]) -> None:
        """Raise the alarm, once they are on record."""
        for one in found:
            against = one.contradiction
            self.counted(against.province)
            _log.warning(
                "holder_log.omitted",
                province=against.province,
                use=against.exchange_id,
                accuser=against.accuser,
                certain=against.certain,
                asked=one.asked,
                exhibit=one.exhibit,
            )
