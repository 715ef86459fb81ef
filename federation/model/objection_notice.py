"""What the issuing unit and the holder are told of an objection (异议告知), as CloudEvents 1.0. Clause 8.4, P5.

No number and no name of a person, and nothing of the claim: the holder is a handle, the certificate a reference. The signed documents of
the case are not here (`trust.objection`); this is what a system of a province shows to a person.
"""

from dataclasses import asdict, dataclass, replace

from federation.model.event import Event
from federation.model.notice import Addressee

__all__ = ["OBJECTION_TYPE", "ObjectionNotice", "objection_notice_of"]

OBJECTION_TYPE = "cn.certmesh.certificate.objection.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionNotice:
    """Where a case stands, told to one addressee's province by the owner. `state` is a word of `trust.objection.State`.

    `raiser` is the province where it was raised, `apply_id` the application under which its unit saw the certificate, "" where a holder
    raised it; both are "" of older peers.

    `due` is an ISO day, `fields` are the names of what is objected to, `correction` is the reference of the certificate that counts
    instead. `salt` as in `Notice`; "" of older peers.
    """

    notice_id: str
    objection_id: str
    owner: str
    raiser: str = ""
    apply_id: str = ""
    addressee: Addressee
    holder_handle: str
    issuer_code: str
    certificate_identifier: str
    certificate_type_name: str
    state: str
    fields: str
    due: str
    reason: str
    correction: str
    time: str
    salt: str = ""

    def as_event(self) -> Event:
        """The notice as an event."""
        return Event(
            id=self.notice_id,
            province=self.owner,
            type=OBJECTION_TYPE,
            time=self.time,
            subject=self.certificate_identifier,
            data=asdict(self) | {"addressee": self.addressee.value},
        )


_UNSAID = {"apply_id": "", "raiser": ""}  # by older peers


def objection_notice_of(event: Event) -> ObjectionNotice:
    """The notice that an event holds.

    Raises:
        ValueError: the event is of another type, or lacks a member.
    """
    event = replace(event, data={**_UNSAID, **event.data})
    if event.type != OBJECTION_TYPE:
        raise ValueError("not a notice of an objection")
    names = ObjectionNotice.__dataclass_fields__
    absent = [name for name in names if name != "salt" and not isinstance(event.data.get(name), str)]
    if absent:
        raise ValueError(f"the notice lacks {absent[0]}")
    data = {name: event.text(name) for name in names}
    return ObjectionNotice(**{**data, "addressee": Addressee(data["addressee"])})  # type: ignore[arg-type]
