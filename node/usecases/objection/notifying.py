"""Tells the issuing unit and the certificate's holders of a case, through the outbox of notices. Clause 8.4, P5.

The owner does so, in the unit of work that moves the case: the unit's system when a case is raised or taken back, the holders, through
their home provinces, when it is raised and when it ends. Who raised it is told by the case itself (`telling`).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from federation.model.event import Event
from federation.model.notice import Addressee
from federation.model.objection_notice import ObjectionNotice, objection_notice_of
from node.library.holder import home_province
from node.ports.certificates import StoredCertificate
from node.ports.store import Nouns
from node.usecases.retrieval.delivery import open_record
from node.usecases.telling.teller import Teller
from node.vault import Vault
from trust.objection import Case, State

MAX_HOLDERS = 8  # of one certificate; more are told by their province's own file


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNotifier:
    """Queues the notices of one node's cases. `wake` is told a target that has one waiting."""

    province: str
    vault: Vault
    teller: Teller
    provinces: Callable[[], Collection[str]]
    wake: Callable[[str], None]
    _grown: dict[str, set[str]] = field(
        default_factory=dict
    )  # by case: targets queued in a unit that may not be durable yet

    def tell(self, nouns: Nouns, case: Case, row: StoredCertificate, due: str) -> None:
        """Queue who has to be told where a case of ours stands now; `due` is the day by which it is answered."""
        grown = self._grown.setdefault(case.raised.id, set())
        if case.state in {State.OPEN, State.WITHDRAWN}:
            grown |= self.teller.tell(
                nouns, self.province, replace(self._notice(case, row, Addressee.ISSUER, "", 0), due=due).as_event()
            )
        if case.state is State.CHECKING:
            return
        for number, holder in enumerate(open_record(self.vault, row).holders[:MAX_HOLDERS]):
            handle = self.vault.handle(holder.type_code, holder.code)
            notice = replace(self._notice(case, row, Addressee.HOLDER, handle, number), due=due)
            home = home_province(holder.type_code, holder.code) or self.province
            target = home if home in self.provinces() else self.province
            grown |= self.teller.tell(nouns, target, notice.as_event())

    def rouse(self, objection_id: str) -> None:
        """Have the notices of a case delivered; call it when their unit of work is durable."""
        for target in self._grown.pop(objection_id, set()):
            self.wake(target)

    def _notice(
        self, case: Case, row: StoredCertificate, addressee: Addressee, handle: str, number: int
    ) -> ObjectionNotice:
        """The id is the same however often it is made: a case stands in one place once."""
        raised, last = case.raised, case.last
        notice_id = f"objection-{raised.id}-{case.next_number}{addressee.value[0]}{number}"
        return ObjectionNotice(
            notice_id=notice_id,
            objection_id=raised.id,
            owner=self.province,
            raiser=raised.province,
            apply_id=raised.application,
            addressee=addressee,
            holder_handle=handle,
            issuer_code=row.issuer_code,
            certificate_identifier=raised.certificate,
            certificate_type_name=row.type_name,
            state=case.state.value,
            fields="、".join(raised.fields)[:200],
            due=raised.due,
            reason=last.reason if last else "",
            correction=last.correction if last else "",
            time=last.at if last else raised.raised,
            salt=self.vault.digest("salt of a notice", notice_id),
        )


class CaseNoticeTaker:
    """Takes notices of objections for the systems of this province. Implements `telling.teller.Taker`.

    The node itself keeps none: a case is known by its documents. So a repeat counts as new; a system knows it by its id.
    """

    def check(self, event: Event) -> None:
        """See `Taker.check`."""
        notice = objection_notice_of(event)
        if (notice.notice_id, notice.owner) != (event.id, event.province):
            raise ValueError("the notice has another id or owner than its event")

    def take(self, _nouns: Nouns, _event: Event, _raw: bytes) -> bool:
        """See `Taker.take`."""
        return True
