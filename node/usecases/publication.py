"""Publishing the province's lists, and keeping the peers' lists. Clause 6, DESIGN §5, invariants 7 and 9.

Common to the nouns `catalogue` and `uselist`. Versions never go back: an older or forked version is refused, with a signed receipt that
says so; a peer that is silent keeps the last version held.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from federation.methods import ACKNOWLEDGE, ANNOUNCE, PULL, Method
from federation.model.evidence import EventType
from federation.model.publication import (
    Acknowledge,
    AcknowledgeAnswer,
    Announce,
    AnnounceAnswer,
    Head,
    Publication,
    PublicationError,
    Pull,
    PullAnswer,
    key_of,
)
from federation.model.publication import digest as payload_digest
from federation.model.refusal import Reason, Refusal
from federation.ports import Bar, Incoming, Mail, OpenBar, Peers, Reply
from node.errors import RefusedError
from node.ports.lists import Kind, StoredReceipt, StoredVersion
from node.ports.store import Nouns, Store
from node.usecases.exchange import Answered, Exchange
from node.usecases.lists import Lists, parse
from node.usecases.record import Recorder, refusal_member
from trust import gm

CALL_TIMEOUT_S = 10.0
_EVENT = {Kind.CATALOGUE: EventType.CATALOG_CHANGE, Kind.USELIST: EventType.LIST_CHANGE}

Verify = Callable[[bytes, str, str], Publication]


class Publications:
    """This province's publications and its copies of the peers'. Implements `federation.ports.PublicationExchange`."""

    def __init__(
        self,
        *,
        province: str,
        store: Store,
        exchange: Exchange,
        mail: Mail,
        peers: Peers,
        lists: Lists,
        recorder: Recorder,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        sign: Callable[[Publication], bytes],
        verify: Verify,
        reread: Verify,
        key_listed: Callable[[str], bool],
        wake: Callable[[str], None],
        bar: Bar | None = None,
    ) -> None:
        """`sign` makes the signed document, `wake` asks for a sync with a peer. `bar` keeps stopped keys out.

        `verify` reads a new one of (document, kind, publisher), `reread` one that is stored; `key_listed` says of a fingerprint whether
        membership lists it as a signing key of ours.
        """
        self._province = province
        self._store = store
        self._exchange = exchange
        self._mail = mail
        self._peers = peers
        self._lists = lists
        self._recorder = recorder
        self._clock = clock
        self._new_id = new_id
        self._sign = sign
        self._verify = verify
        self._reread = reread
        self._key_listed = key_listed
        self._wake = wake
        self._bar = bar or OpenBar()

    def load(self, provinces: tuple[str, ...]) -> None:
        """Take what the store holds into the lists, at start."""
        for kind in Kind:
            for province in provinces:
                stored = self._store.read.publications.latest(kind, province)
                if stored is not None:
                    self._lists.take(self._reread(stored.document, kind.value, province))

    async def publish(self, kind: Kind, entries: tuple[dict[str, Any], ...]) -> int:
        """Publish a new version where the entries differ from the last one's; returns the version in force."""
        held = self._store.read.publications.latest(kind, self._province)
        before = self._reread(held.document, kind.value, self._province) if held else None
        if held is not None and before is not None and before.entries == entries:
            return held.version
        now = self._clock()
        publication = Publication(
            kind=kind.value,
            publisher=self._province,
            version=(held.version if held else 0) + 1,
            issued=now,
            effective=now,
            previous=held.digest if held else "",
            entries=entries,
        )
        document = self._sign(publication)
        await self._store.transact(lambda nouns: self._keep(nouns, kind, publication, document, "published"))
        self._lists.take(publication)
        return publication.version

    def _keep(
        self, nouns: Nouns, kind: Kind, publication: Publication, document: bytes, step: str, **members: object
    ) -> None:
        digest = payload_digest(document)
        nouns.publications.put(
            StoredVersion(
                kind=kind,
                publisher=publication.publisher,
                version=publication.version,
                digest=digest,
                document=document,
                stored_at=self._clock(),
            )
        )
        entry = self._recorder.entry(
            _EVENT[kind],
            step,
            f"{kind}-{publication.publisher}-{publication.version}",
            publisher=publication.publisher,
            version=publication.version,
            digest=digest,
            entries=len(publication.entries),
            **members,
        )
        nouns.evidence.append(entry)

    async def exchange_with(self, peer: str) -> None:
        """Announce what the peer has not acknowledged, and pull what is newer there.

        Raises:
            PeerError: the peer could not be talked to now.
        """
        for kind in Kind:
            await self._announce(kind, peer)
            await self._pull(kind, peer)

    async def _announce(self, kind: Kind, peer: str) -> None:
        head = self._own_head(kind)
        if head.version == 0 or self._acknowledged(kind, peer) >= head.version:
            return
        await self._ask(peer, ANNOUNCE[kind.value], Announce(head=head))

    def _acknowledged(self, kind: Kind, peer: str) -> int:
        receipts = self._store.read.publications.receipts(kind)
        return next((one.version for one in receipts if one.peer == peer and not one.refusal), 0)

    async def _pull(self, kind: Kind, peer: str) -> None:
        held = self._store.read.publications.latest(kind, peer)
        version = held.version if held else 0
        reply = await self._ask(peer, PULL[kind.value], Pull(after_version=version))
        answer: PullAnswer = reply.message
        if answer.head.version == version and (held is None or held.digest == answer.head.digest):
            return
        refusal = await self._take(kind, peer, held, answer)
        receipt = Acknowledge(head=answer.head, received_at=self._clock(), refusal=refusal)
        await self._ask(peer, ACKNOWLEDGE[kind.value], receipt)

    async def _take(self, kind: Kind, peer: str, held: StoredVersion | None, answer: PullAnswer) -> Refusal | None:
        """Verify and keep a pulled version, or say why not. DESIGN §2.7: versions never go back."""
        try:
            _check_head(answer.head, held)
            publication = self._verify(answer.document, kind.value, peer)
            _check_document(publication, answer)
            self._check_key(peer, answer.document)
            _check_succession(publication, held)
            parse(publication)
            await self._store.transact(lambda nouns: self._keep(nouns, kind, publication, answer.document, "received"))
            self._lists.take(publication)
        except PublicationError as error:
            refusal = Refusal(reason=Reason.VERSION_CONFLICT, detail=str(error)[:200])
            entry = self._recorder.entry(
                _EVENT[kind],
                "refused",
                f"{kind}-{peer}-{answer.head.version}",
                publisher=peer,
                document=gm.sm3(answer.document).hex(),
                refusal=refusal_member(refusal),
            )
            await self._store.transact(lambda nouns: nouns.evidence.append(entry))
            return refusal
        return None

    def _check_key(self, peer: str, document: bytes) -> None:
        """A new version under a stopped key is not taken; what is held stays (DESIGN §2.9).

        Raises:
            PublicationError: the key is stopped.
        """
        refusal = self._bar.message(peer, key_of(document))
        if refusal is not None:
            raise PublicationError(f"signed with a key that is stopped by {refusal.detail}")

    async def _ask(self, peer: str, method: Method, message: Any) -> Reply[Any]:
        """A signed call without an evidence entry: polls and receipts (DESIGN §4)."""
        draft = self._mail.draft_request(message, recipients=(peer,), exchange_id=self._new_id())
        return await self._peers.ask(peer, method, draft, self._mail.sign(draft), CALL_TIMEOUT_S)

    def _own_head(self, kind: Kind) -> Head:
        return _head(self._province, self._store.read.publications.latest(kind, self._province))

    async def announced(self, kind: Kind, incoming: Incoming[Announce]) -> Answered:
        """A peer has a new version: say what we hold, and ask for it soon."""

        def decide(nouns: Nouns) -> AnnounceAnswer:
            held = _head(incoming.sender, nouns.publications.latest(kind, incoming.sender))
            if held.version < incoming.message.head.version:
                self._wake(incoming.sender)
            return AnnounceAnswer(held=held)

        return await self._exchange.poll(incoming, ANNOUNCE[kind.value].path, decide)

    async def pulled(self, kind: Kind, incoming: Incoming[Pull]) -> Answered:
        """A peer asks for our newest version."""

        def decide(nouns: Nouns) -> PullAnswer:
            stored = nouns.publications.latest(kind, self._province)
            newer = stored is not None and stored.version > incoming.message.after_version
            document = self._presentable(stored) if stored is not None and newer else b""
            return PullAnswer(head=_head(self._province, stored), document=document)

        return await self._exchange.poll(incoming, PULL[kind.value].path, decide)

    def _presentable(self, stored: StoredVersion) -> bytes:
        """The document, signed again where its key is no longer listed: who pulls it now has no other way to believe it."""
        if self._key_listed(key_of(stored.document)):
            return stored.document
        publication = self._reread(stored.document, stored.kind.value, self._province)
        return self._sign(publication)

    async def acknowledged(self, kind: Kind, incoming: Incoming[Acknowledge]) -> Answered:
        """A peer's receipt for our publication: keep it, on record.

        Raises:
            RefusedError: replayed, or a receipt for what was never published here.
        """
        own, head = self._own_head(kind), incoming.message.head
        if head.version > own.version or (head.version == own.version and head.digest != own.digest):
            refusal = Refusal(reason=Reason.VERSION_CONFLICT, detail="a receipt for what was not published here")
            await self._exchange.refuse(incoming.sender, ACKNOWLEDGE[kind.value].path, incoming.digest, refusal)
            raise RefusedError(refusal.reason, refusal.detail)

        def decide(nouns: Nouns) -> AcknowledgeAnswer:
            nouns.publications.put_receipt(_receipt(kind, incoming))
            nouns.evidence.append(self._receipt_entry(kind, incoming))
            return AcknowledgeAnswer()

        return await self._exchange.poll(incoming, ACKNOWLEDGE[kind.value].path, decide)

    def _receipt_entry(self, kind: Kind, incoming: Incoming[Acknowledge]) -> dict[str, Any]:
        receipt = incoming.message
        return self._recorder.entry(
            _EVENT[kind],
            "acknowledged",
            f"{kind}-{self._province}-{receipt.head.version}",
            peer=incoming.sender,
            version=receipt.head.version,
            digest=receipt.head.digest,
            receipt=incoming.digest,
            refusal=refusal_member(receipt.refusal),
        )

    def versions(self) -> Mapping[Kind, int]:
        """Our newest version of each kind."""
        return {kind: self._own_head(kind).version for kind in Kind}


def _receipt(kind: Kind, incoming: Incoming[Acknowledge]) -> StoredReceipt:
    receipt = incoming.message
    return StoredReceipt(
        kind=kind,
        peer=incoming.sender,
        version=receipt.head.version,
        digest=receipt.head.digest,
        received_at=receipt.received_at,
        refusal=receipt.refusal.reason.value if receipt.refusal else "",
    )


def _head(publisher: str, stored: StoredVersion | None) -> Head:
    if stored is None:
        return Head(publisher=publisher, version=0, digest="")
    return Head(publisher=publisher, version=stored.version, digest=stored.digest)


def _check_head(head: Head, held: StoredVersion | None) -> None:
    """What the peer says is its newest version may stand beside the one held.

    Raises:
        PublicationError: rolled back or forked.
    """
    if held is None:
        return
    if head.version < held.version:
        raise PublicationError(f"went back to version {head.version}; version {held.version} is held here")
    if head.version == held.version:
        raise PublicationError(f"version {head.version} is another than the version {held.version} held here")


def _check_document(publication: Publication, answer: PullAnswer) -> None:
    """The receipt will name the head, so the document must be what the head says.

    Raises:
        PublicationError: it is another.
    """
    if (publication.version, payload_digest(answer.document)) != (answer.head.version, answer.head.digest):
        raise PublicationError("the document is not the one its head names")


def _check_succession(publication: Publication, held: StoredVersion | None) -> None:
    """A newer version, and the next one names the one held.

    Raises:
        PublicationError: rolled back or forked.
    """
    if held is None:
        return
    if publication.version <= held.version:
        raise PublicationError(f"version {publication.version} is not above version {held.version} held here")
    if publication.version == held.version + 1 and publication.previous != held.digest:
        raise PublicationError(f"version {publication.version} does not follow the version {held.version} held here")
