"""Notices of use (共享应用告知) as CloudEvents 1.0. Clause 8.4.

No ID number and no name: the holder appears as a handle (`holder_handle`), a pseudonym that is the same in every province of the mesh.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum

from federation.model.event import MAX_EVENT_BYTES, Event, read_event

__all__ = [
    "EVENT_TYPE",
    "MAX_EVENT_BYTES",
    "OBJECTION_ENTRY",
    "Addressee",
    "Notice",
    "NoticeAnswer",
    "NoticeRequest",
    "from_event",
    "notice_of",
]

EVENT_TYPE = "cn.certmesh.certificate.used.v1"
OBJECTION_ENTRY = "如有异议，可凭告知编号在本省（市）应用或政务服务窗口提出，也可凭证照标识在任一成员省（市）窗口提出，五个工作日内答复。"
"""How to object, as every notice says it. REQUIREMENTS 8.4, P5."""


class Addressee(StrEnum):
    """告知对象."""

    HOLDER = "HOLDER"
    ISSUER = "ISSUER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One use of one certificate, told to one addressee's province. Times are ISO 8601 with offset.

    The issuing unit is told by its code; the members from there on are absent in events of older peers, and then "". `salt` is what nobody
    can guess: logs hold the event's SM3, and without it that would tell the holder to who tries every number.
    """

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
    issuer_code: str = ""
    issuer_name: str = ""
    objection_entry: str = ""
    salt: str = ""

    def as_event(self) -> Event:
        """The notice as an event."""
        return Event(
            id=self.notice_id,
            province=self.provider,
            type=EVENT_TYPE,
            time=self.use_time,
            subject=self.certificate_identifier,
            data=asdict(self) | {"addressee": self.addressee.value},
        )

    def to_event(self) -> bytes:
        """The notice as a canonical CloudEvents 1.0 JSON event (structured mode)."""
        return self.as_event().to_json()


_LATER = frozenset({"issuer_code", "issuer_name", "objection_entry", "salt"})


def from_event(event: bytes) -> Notice:
    """Read a notice out of a CloudEvents event.

    Raises:
        ValueError: it is too large, not JSON, of another type, or lacks a field.
    """
    return notice_of(read_event(event))


def notice_of(event: Event) -> Notice:
    """The notice that an event holds.

    Raises:
        ValueError: the event is of another type, or lacks a field.
    """
    if event.type != EVENT_TYPE:
        raise ValueError("not a notice of use")
    absent = [name for name in Notice.__dataclass_fields__ if name not in event.data and name not in _LATER]
    if absent:
        raise ValueError(f"the notice lacks {absent[0]}")
    data = {name: str(event.data.get(name, "")) for name in Notice.__dataclass_fields__}
    return Notice(**{**data, "addressee": Addressee(data["addressee"])})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRequest:
    """A notice on the wire: the exact event bytes, and the signature of the province that made it over them (`trust.signed_event`).

    `certificate` is its signing certificate as DER.
    """

    event: bytes
    certificate: bytes = b""
    signature: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAnswer:
    """The receipt for a notice. `fresh` is False where it had been accepted before."""

    notice_id: str
    fresh: bool
    received_ms: int
