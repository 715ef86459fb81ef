"""Consents and the documents of objections, sealed at rest: `node.ports.consents.Consents` and `node.ports.objections.Objections`."""

from collections.abc import Sequence
from dataclasses import replace

from node.ports.consents import Consents, StoredConsent
from node.ports.objections import Objections, StoredObjection
from node.ports.unsealed import Kept
from node.usecases.sealed.around import Around
from node.usecases.sealed.marks import Marks, of_grantor, with_grantor


class SealedConsents(Around):
    """Documents are sealed; a holder's are found by a keyed digest."""

    _inner: Consents

    def __init__(self, inner: Consents, marks: Marks) -> None:
        """Keep in `inner`."""
        super().__init__(inner)
        self._marks = marks

    def put(self, consent: StoredConsent) -> None:
        """Keep a consent."""
        plain = with_grantor(consent.grantor, consent.document)
        sealed = self._marks.seal(Kept.CONSENT, (consent.consent_id,), plain)
        self._inner.put(replace(consent, grantor=self._marks.person(Kept.CONSENT, consent.grantor), document=sealed))

    def get(self, consent_id: str) -> StoredConsent | None:
        """The consent of this id."""
        held = self._inner.get(consent_id)
        return None if held is None else self._opened(held)

    def of_grantor(self, grantor: str, limit: int) -> Sequence[StoredConsent]:
        """A holder's consents."""
        found = self._inner.of_grantor(self._marks.person(Kept.CONSENT, grantor), limit)
        return [self._opened(one) for one in found]

    def _opened(self, held: StoredConsent) -> StoredConsent:
        plain = self._marks.open(Kept.CONSENT, (held.consent_id,), held.document)
        grantor, document = of_grantor(plain)
        return replace(held, grantor=grantor, document=document)


class SealedObjections(Around):
    """The signed documents are sealed: the first names who objects."""

    _inner: Objections

    def __init__(self, inner: Objections, marks: Marks) -> None:
        """Keep in `inner`."""
        super().__init__(inner)
        self._marks = marks

    def put(self, case: StoredObjection, documents: Sequence[bytes]) -> None:
        """Keep a new case."""
        self._inner.put(case, self._sealed(case.objection_id, documents))

    def advance(self, case: StoredObjection, documents: Sequence[bytes]) -> None:
        """Replace what is known of a case, and add documents."""
        self._inner.advance(case, self._sealed(case.objection_id, documents))

    def documents(self, objection_id: str) -> Sequence[bytes]:
        """Its documents."""
        found = self._inner.documents(objection_id)
        return [self._marks.open(Kept.OBJECTION, (objection_id,), one) for one in found]

    def _sealed(self, objection_id: str, documents: Sequence[bytes]) -> list[bytes]:
        return [self._marks.seal(Kept.OBJECTION, (objection_id,), one) for one in documents]
