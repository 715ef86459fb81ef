"""A fake of `ports.timeline.Timelines` for the REST edge: it knows what the test laid down, and keeps the port's rule about callers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.services import Caller
from node.ports.timeline import Timeline


@dataclass(kw_only=True)
class FakeTimelines:
    """Timelines by (app, exchange id)."""

    known: dict[tuple[str, str], Timeline] = field(default_factory=dict)

    lately: list[Timeline] = field(default_factory=list)

    async def of(self, wanted: str) -> Timeline | None:
        return next((one for (_, exchange_id), one in self.known.items() if exchange_id == wanted), None)

    def of_caller(self, caller: Caller, wanted: str) -> Timeline:
        if (caller.app_id, wanted) not in self.known:
            raise RefusedError(Reason.NO_RECORD, "exchangeId: no exchange of yours")
        return self.known[caller.app_id, wanted]

    async def recent(self, minutes: int) -> Sequence[Timeline]:
        return self.lately
