"""How an evidence entry looks. Clause 8.5; fields of REQUIREMENTS 8.5. No personal data: callers pass digests.

Common members: v (1), type, step, exchange, node, time. The rest depends on the type; absent is absent, never null.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from federation.model.evidence import EventType
from federation.model.refusal import Refusal


class Recorder:
    """Makes entries for one node."""

    def __init__(self, province: str, clock: Callable[[], datetime]) -> None:
        """`clock` is UTC."""
        self._province = province
        self._clock = clock

    def entry(self, event: EventType, step: str, exchange_id: str, **members: Any) -> dict[str, Any]:
        """An entry; members that are None or empty are left out."""
        entry: dict[str, Any] = {
            "v": 1,
            "type": event.value,
            "step": step,
            "exchange": exchange_id,
            "node": self._province,
            "time": self._clock().isoformat(timespec="milliseconds"),
        }
        entry.update({name: value for name, value in members.items() if value not in (None, "", [], ())})
        return entry


def refusal_member(refusal: Refusal | None) -> dict[str, Any] | None:
    """A refusal as an entry holds it: code and word, no free text."""
    return None if refusal is None else {"code": refusal.code, "reason": refusal.reason.value}
