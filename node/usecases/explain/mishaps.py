"""What went wrong before, beside or without an evidence entry, kept in memory: a request refused at the door, a store that broke.

Not evidence, and not durable: the log lines say the same for good. Bounded; the oldest goes first. No personal data: words, ids, digests.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from federation.model.refusal import Reason

KEPT = 2_000


class Door(StrEnum):
    """Where a request came in."""

    REST = "REST"
    GRPC = "GRPC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """One request that was refused or failed. `what` is the route or the method, `error` the type of an error that is nobody's refusal.

    `digest` is the SM3 (hex) of the message, `peer` the province whose connection brought it ("" for a stranger).
    """

    door: Door
    what: str
    reason: Reason
    request_id: str = ""
    exchange_id: str = ""
    app_id: str = ""
    peer: str = ""
    digest: str = ""
    error: str = ""
    at: datetime = datetime.min  # noqa: DTZ901 - set when it is noted


class Mishaps:
    """Remembers the newest. Owned by the event loop."""

    def __init__(self, clock: Callable[[], datetime], kept: int = KEPT) -> None:
        """`clock` is UTC."""
        self._clock = clock
        self._kept: deque[Mishap] = deque(maxlen=kept)

    def note(self, one: Mishap) -> None:
        """Remember it, as of now."""
        self._kept.append(replace(one, at=self._clock()))

    def about(self, wanted: str) -> Sequence[Mishap]:
        """Those with this request id, exchange id or digest, in order."""
        return [one for one in self._kept if wanted and wanted in (one.request_id, one.exchange_id, one.digest)]

    def since(self, start: datetime) -> Sequence[Mishap]:
        """Those from that time on, in order."""
        return [one for one in self._kept if one.at >= start]
