"""The peers' receipts for our own lists: which version each holds, or refused. Clause 6, DESIGN §5.

A receipt comes as the answer to an announcement or, after a pull, as a message of its own; either is signed, and on record with the digest
of what it came in.
"""

from datetime import datetime

from federation.model.publication import Mark
from federation.model.refusal import Reason, Refusal
from node.ports.lists import Kind, StoredReceipt
from node.ports.store import Nouns, Store
from node.usecases.publication.intake import mark
from node.usecases.publication.refusals import EVENT
from node.usecases.record import Recorder, refusal_member


class Receipts:
    """Keeps and finds receipts."""

    def __init__(self, *, province: str, store: Store, recorder: Recorder) -> None:
        """Of the lists of one province."""
        self._province = province
        self._store = store
        self._recorder = recorder

    def of(self, kind: Kind, peer: str) -> StoredReceipt | None:
        """The newest receipt of a peer."""
        return next((one for one in self._store.read.publications.receipts(kind) if one.peer == peer), None)

    def is_ours(self, kind: Kind, head: Mark) -> bool:
        """Whether we have published this version; that there is none is a version of ours too."""
        return mark(self._store.read.publications.at(kind, self._province, head.version)) == head

    async def note(self, receipt: StoredReceipt, digest: str) -> None:
        """Keep what the answer to an announcement says, in a unit of its own."""
        if _is_new(receipt, self.of(receipt.kind, receipt.peer)):
            await self._store.transact(lambda nouns: self.keep(nouns, receipt, digest))

    def keep(self, nouns: Nouns, receipt: StoredReceipt, digest: str) -> None:
        """Keep a receipt that is new and no step back, on record; `digest` is that of the message it came in."""
        known = next((one for one in nouns.publications.receipts(receipt.kind) if one.peer == receipt.peer), None)
        if not _is_new(receipt, known):
            return
        nouns.publications.put_receipt(receipt)
        refusal = Refusal(reason=Reason(receipt.refusal)) if receipt.refusal else None
        nouns.evidence.append(
            self._recorder.entry(
                EVENT[receipt.kind],
                "acknowledged",
                f"{receipt.kind}-{self._province}-{receipt.version}",
                peer=receipt.peer,
                version=receipt.version,
                digest=receipt.digest,
                receipt=digest,
                refusal=refusal_member(refusal),
            )
        )


def receipt_of(kind: Kind, peer: str, head: Mark, at: datetime, refusal: Refusal | None) -> StoredReceipt:
    """What a peer says of a version, as it is stored."""
    word = refusal.reason.value if refusal else ""
    return StoredReceipt(kind=kind, peer=peer, version=head.version, digest=head.digest, received_at=at, refusal=word)


def _is_new(receipt: StoredReceipt, known: StoredReceipt | None) -> bool:
    """Whether a receipt says, of this or a later version, something else than the one that is kept, whenever they came."""
    if known is None:
        return True
    same = (receipt.version, receipt.digest, receipt.refusal) == (known.version, known.digest, known.refusal)
    return receipt.version >= known.version and not same
