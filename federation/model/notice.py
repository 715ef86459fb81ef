"""Notices of use (共享应用告知) as CloudEvents 1.0. Clause 8.4.

No ID number and no name: the holder appears as a handle (`holder_handle`), a pseudonym that is the same in every province of the mesh.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from trust import canonical

EVENT_TYPE = "cn.certmesh.certificate.used.v1"
MAX_EVENT_BYTES = 16 * 1024


class Addressee(StrEnum):
    """告知对象."""

    HOLDER = "HOLDER"
    ISSUER = "ISSUER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One use of one certificate, told to one addressee's province. Times are ISO 8601 with offset."""

    notice_id: str
    exchange_id: str
    apply_id: str
    provider: str
    consumer: str
    addressee: Addressee
    holder_handle: str
    certificate_identifier: str
    certificate_type_code: str
    certificate_type_name: str
    use_org_code: str
    use_org_name: str
    item_code: str
    item_name: str
    use_cause: str
    output: str
    use_time: str

    def to_event(self) -> bytes:
        """The notice as a canonical CloudEvents 1.0 JSON event (structured mode)."""
        data = asdict(self) | {"addressee": self.addressee.value}
        return canonical.dumps(
            {
                "specversion": "1.0",
                "id": self.notice_id,
                "source": f"urn:certmesh:node:{self.provider}",
                "type": EVENT_TYPE,
                "time": self.use_time,
                "subject": self.certificate_identifier,
                "datacontenttype": "application/json",
                "data": data,
            }
        )


def from_event(event: bytes) -> Notice:
    """Read a notice out of a CloudEvents event.

    Raises:
        ValueError: it is too large, not JSON, of another type, or lacks a field.
    """
    if len(event) > MAX_EVENT_BYTES:
        raise ValueError("the event is larger than 16 KiB")
    try:
        outer = json.loads(event)
        if outer["specversion"] != "1.0" or outer["type"] != EVENT_TYPE:
            raise ValueError("not a notice of use in CloudEvents 1.0")
        data = {name: str(outer["data"][name]) for name in Notice.__dataclass_fields__}
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"the event is not a notice: {type(error).__name__}") from error
    return Notice(**{**data, "addressee": Addressee(data["addressee"])})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRequest:
    """A notice on the wire: the exact event bytes."""

    event: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAnswer:
    """The receipt for a notice. `fresh` is False where it had been accepted before."""

    notice_id: str
    fresh: bool
    received_ms: int
