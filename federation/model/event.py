"""CloudEvents 1.0 between provinces: the attributes that every notice has. Clause 8.4. Not their signature (`trust.signed_event`).

JSON format, structured mode (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). `data` is the matter of
the type: `federation.model.notice` for uses, other modules for objections and what else is told through the outbox. No ID number and no
name of a person stands in an event: the systems that it is passed on to keep it as they like. A node keeps it sealed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trust import canonical
from trust.signed_event import MAX_EVENT_BYTES, SOURCE

__all__ = ["MAX_EVENT_BYTES", "Event", "read_event"]

MAX_ID = 64  # characters: an event's id is also the id of the exchange that delivers it
_MAX_ATTRIBUTE = 512  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `id` is unique in its source; `province` is the node that made it; `time` is ISO 8601 with offset."""

    id: str
    province: str
    type: str
    time: str
    subject: str
    data: Mapping[str, Any]

    def to_json(self) -> bytes:
        """The canonical bytes that are signed and sent."""
        return canonical.dumps(
            {
                "specversion": "1.0",
                "id": self.id,
                "source": f"{SOURCE}{self.province}",
                "type": self.type,
                "time": self.time,
                "subject": self.subject,
                "datacontenttype": "application/json",
                "data": dict(self.data),
            }
        )

    def text(self, name: str) -> str:
        """A member of the data where it is a text, otherwise ""."""
        value = self.data.get(name, "")
        return value if isinstance(value, str) else ""


def read_event(event: bytes) -> Event:
    """Read an event; what its type asks of `data` is the type's own matter.

    Raises:
        ValueError: it is larger than 16 KiB, not JSON, or not an event of a node in CloudEvents 1.0.
    """
    if len(event) > MAX_EVENT_BYTES:
        raise ValueError("the event is larger than 16 KiB")
    try:
        outer = json.loads(event)
        if outer["specversion"] != "1.0" or not isinstance(outer["data"], dict):
            raise ValueError("not an event with data in CloudEvents 1.0")
        known = {name: outer[name] for name in ("id", "type", "source", "time", "subject")}
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not an event of a node: {type(error).__name__}") from error
    if not all(isinstance(value, str) and len(value) <= _MAX_ATTRIBUTE for value in known.values()):
        raise ValueError("an attribute of the event is no text, or too long")
    if len(known["id"]) > MAX_ID or not known["source"].startswith(SOURCE):
        raise ValueError("the event's id is too long, or its source is not a node")
    province = known.pop("source").removeprefix(SOURCE)
    return Event(province=province, data=outer["data"], **known)
