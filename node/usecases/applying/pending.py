"""What provinces said of applications that wait for a person there: told again until the time to ask again that they gave. Clause 7.3.

In memory: a restart asks each of them once more. Not the queue itself (`review_queue`), which is the provider's.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from federation.model.application import Result
from node.ports.services import ProvinceVerdict
from node.usecases.admission.waiting import seconds_between
from node.usecases.applying.review_queue import ASK_AGAIN

MAX_HELD = 4_096  # of these, the oldest goes first: its province is asked once more than it said


class Pending:
    """The words of the moment, by application and province. Owned by the event loop."""

    def __init__(self) -> None:
        """None."""
        self._until: dict[tuple[str, str], tuple[ProvinceVerdict, datetime]] = {}

    def note(self, apply_id: str, one: ProvinceVerdict, now: datetime) -> None:
        """Hold what a province says, where it says to wait: never longer than a province of this program would, whatever it says."""
        self._until.pop((apply_id, one.province), None)
        if one.verdict is None or one.verdict.result is not Result.PENDING or not one.verdict.reasons:
            return
        wait = min(timedelta(seconds=one.verdict.reasons[0].retry_after_s), ASK_AGAIN)
        self._until[apply_id, one.province] = (one, now + wait)
        if len(self._until) > MAX_HELD:
            self._until.pop(next(iter(self._until)))

    def told(self, apply_id: str, province: str, now: datetime) -> ProvinceVerdict | None:
        """What the province said, with the time that is left; None where it may be asked again."""
        held = self._until.get((apply_id, province))
        if held is None or held[1] <= now:
            return None
        one, until = held
        assert one.verdict is not None, "only verdicts are noted"
        first, *more = one.verdict.reasons
        reasons = (replace(first, retry_after_s=seconds_between(now, until)), *more)
        return replace(one, verdict=replace(one.verdict, reasons=reasons))
