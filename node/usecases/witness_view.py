"""What the operator sees of the witnesses: how much of the own log enough peers cosigned, the gap, and what is known against any log.

For status and metrics. Judges nothing and waits for nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from node.exhibits import Exhibits
from node.ports.cosignatures import CosignedHead
from node.ports.store import Store
from node.usecases.greeting import Greeting
from node.usecases.log_alarms import exhibit_name
from node.usecases.own_log import NEXT_STEP, OwnLog
from trust import canonical


class WitnessView:
    """Reads the store."""

    def __init__(
        self,
        *,
        store: Store,
        own: OwnLog,
        greeting: Greeting,
        exhibits: Exhibits,
        quorum: Callable[[], int],
        members: Callable[[], tuple[str, ...]],
        clock: Callable[[], datetime],
    ) -> None:
        """`quorum` is that of the membership in force, `members` are all of them; `clock` is UTC."""
        self._store = store
        self._own = own
        self._greeting = greeting
        self._exhibits = exhibits
        self.quorum = quorum
        self._members = members
        self._clock = clock

    def read(self) -> dict[str, Any]:
        """The member of the status. `exhibits`: files kept against a log, by province; `lost`: what the own log does not have any more.

        `greeting`: who has not said since the start what it holds of the log, and whether enough did.
        """
        lost = self._own.lost
        return {
            "quorum": self.quorum(),
            **self.levels(),
            "cosigned": [
                {"province": code, "size": size} for code, size in self._store.read.cosignatures.by_province()
            ],
            "greeting": {"missed": list(self._greeting.missed), "enough": self._greeting.enough},
            "lost": None if lost is None else {"size": lost.size, "next_step": NEXT_STEP},
            "exhibits": dict(sorted(self._exhibits.accused(exhibit_name("")).items())),
        }

    def levels(self) -> dict[str, float]:
        """Entries, entries witnessed, and the gap in entries and in seconds since the first of them was made.

        Witnessed is what the quorum of membership cosigned; where it asks for none, what anybody did.
        """
        size = self._store.read.evidence.head().size
        head = self._newest()
        witnessed = 0 if head is None else min(size, head.size)
        return {
            "size": size,
            "witnessed_size": witnessed,
            "gap_entries": size - witnessed,
            "gap_s": self._age_s(witnessed) if size > witnessed else 0.0,
        }

    def witnessed(self) -> str:
        """The newest checkpoint that keeps the policy of membership, with its cosignatures; "" where there is none."""
        head = self._newest()
        return "" if head is None else head.cosigned.decode()

    def _newest(self) -> CosignedHead | None:
        """The newest head that enough of the present members cosigned."""
        return self._store.read.cosignatures.newest(least=max(1, self.quorum()), by=self._members())

    def _age_s(self, index: int) -> float:
        """Seconds since an entry was made."""
        (entry,) = self._store.read.evidence.entries(index, 1)
        made = datetime.fromisoformat(canonical.loads(entry.entry)["time"])
        return round(max(0.0, (self._clock() - made).total_seconds()), 1)
