"""The node's post room: drafts, proves or signs, verifies and opens messages. DESIGN §4.

Implements `ports.Mail` and the receiving side that the gRPC edge and the client use. One per node; owned by its event loop.
"""

import contextlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from federation import codec
from federation.codec import envelope as wire
from federation.directory import Directory, Peer
from federation.errors import CodecError
from federation.methods import CHAIN, NEVER_STOPPED_KINDS, RECORDED_KINDS
from federation.model.bound import openings
from federation.model.retrieval import FileQuery
from federation.ports import Bar, Draft, Encoded, Incoming, OpenBar, Recorded, Reply
from trust import canonical, gm
from trust.envelope import (
    NONCE_BYTES,
    Envelope,
    Header,
    LogProof,
    check_header,
    nonce_deadline,
    sign,
    verify,
    verify_by_log,
)
from trust.errors import DecryptionError, EnvelopeError, EvidenceError, UnknownSignerError
from trust.heads import ForkError, Heads, SeenHead
from trust.local import LocalIdentity
from trust.proven_entry import proven
from trust.sealing import Opener, Sealer

ProveEntry = Callable[[int], Awaitable[LogProof]]

LIFETIME = timedelta(minutes=2)  # a message is answered in seconds; this bounds the replay window


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A verified and opened envelope."""

    header: Header
    body: bytes
    digest: bytes
    key_id: str
    proof: LogProof | None


Standing = Callable[[str, str], tuple[str, str]]


def _nothing_against(_province: str, _fingerprint: str) -> tuple[str, str]:
    return "", ""


class Post:
    """Drafts, signs, verifies and opens."""

    def __init__(
        self,
        identity: LocalIdentity,
        directory: Directory,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        bar: Bar | None = None,
        standing: Standing = _nothing_against,
        prove_entry: ProveEntry | None = None,
        heads: Heads | None = None,
    ) -> None:
        """Work with one identity among the members of one directory.

        Args:
            identity: this node's keys.
            directory: the members.
            clock: UTC.
            monotonic: seconds.
            bar: keeps stopped provinces and keys out.
            standing: what is known against a member's certificate: (province, fingerprint) to (reason, sentence), "" for nothing.
            prove_entry: proves an entry of this node's log; None where it has no log: then every message is signed.
            heads: what is known of the others' logs.
        """
        self._identity = identity
        self._directory = directory
        self._clock = clock
        self._bar = bar or OpenBar()
        self._standing = standing
        self._prove_entry = prove_entry
        self._heads = heads or Heads()
        self._sealer = Sealer(monotonic)
        self._monotonic = monotonic
        self._opener = Opener(identity.province, identity.opening_keys, monotonic)

    @property
    def province(self) -> str:
        """Our own province."""
        return self._identity.province

    def use(self, identity: LocalIdentity) -> None:
        """Sign and open with other keys from here on: a newer membership lists them."""
        self._identity = identity
        self._opener = Opener(identity.province, identity.opening_keys, self._monotonic)

    def encode(self, message: Any) -> Encoded:
        """A message of `federation.model` as bytes."""
        return codec.encode(message)

    def decode(self, encoded: Encoded) -> Any:
        """The message that `encode` was given."""
        return codec.decode(encoded.kind, encoded.body)

    def draft_request(self, message: Any, *, recipients: Sequence[str], exchange_id: str) -> Draft:
        """A sealed request to one or more provinces; one envelope will serve them all."""
        return self._draft(codec.encode(message), recipients, exchange_id, b"")

    def draft_answer(self, encoded: Encoded, incoming: Incoming[Any]) -> Draft:
        """A sealed answer to a request."""
        return self._draft(encoded, (incoming.sender,), incoming.exchange_id, bytes.fromhex(incoming.digest))

    def _draft(self, encoded: Encoded, recipients: Sequence[str], exchange_id: str, request_digest: bytes) -> Draft:
        now = self._clock()
        now = now.replace(
            microsecond=now.microsecond // 1000 * 1000
        )  # as it travels: both sides' entries name one moment
        header = wire.encode_header(
            Header(
                exchange_id=exchange_id,
                sender=self.province,
                recipients=tuple(recipients),
                issued_at=now,
                expires_at=now + LIFETIME,
                nonce=secrets.token_bytes(NONCE_BYTES),
                request_digest=request_digest,
            )
        )
        members = self._directory.peers  # one that was removed since it was chosen gets no key
        keys = {code: members[code].recipient for code in recipients if code in members and not self.against(code)[0]}
        payload = wire.encode_payload(header, self._sealer.seal(encoded.body, header, keys))
        return Draft(
            kind=encoded.kind, exchange_id=exchange_id, payload=payload, digest=gm.sm3(payload).hex(), issued_at=now
        )

    async def finish(self, draft: Draft | Recorded) -> bytes:
        """The envelope that travels: proven where the message is on record, else signed."""
        return await self.prove(draft) if isinstance(draft, Recorded) else self.sign(draft)

    async def prove(self, recorded: Recorded) -> bytes:
        """The envelope of a message on record, proven by the log."""
        draft = recorded.draft
        if self._prove_entry is None:
            return self._signed(draft)
        proof = await self._prove_entry(recorded.index)
        return wire.encode_envelope(
            Envelope(payload_type=codec.payload_type(draft.kind), payload=draft.payload, proof=proof)
        )

    def sign(self, draft: Draft) -> bytes:
        """The envelope of a message that has no entry.

        Raises:
            ValueError: a kind that has one: its message must be on record, and proven by it.
        """
        if self._prove_entry is not None and draft.kind in RECORDED_KINDS:
            raise ValueError(f"a {draft.kind} leaves with its evidence entry")
        return self._signed(draft)

    def _signed(self, draft: Draft) -> bytes:
        envelope = sign(
            codec.payload_type(draft.kind),
            draft.payload,
            key_id=self._identity.signing_certificate.fingerprint,
            signer=self._identity.signing_key.sign,
        )
        return wire.encode_envelope(envelope)

    def open_request(self, data: bytes, *, kind: str, sender: str) -> Incoming[Any]:
        """Verify and open a request that came over the connection of `sender`.

        Raises:
            CodecError: not an envelope, payload or message.
            EnvelopeError: not to be believed; see `trust.envelope`.
        """
        opened = self._open(data, kind, sender, b"")
        self._check_standing(sender, self._peer(sender).recipient.key_id)  # or the answer could not be sealed
        message = codec.decode(kind, opened.body)
        _check_bound(message, opened.proof)
        return Incoming(
            sender=sender,
            exchange_id=opened.header.exchange_id,
            message=message,
            digest=opened.digest.hex(),
            intent=_intent(kind, message, opened.body),
            nonce=opened.header.nonce,
            nonce_deadline=nonce_deadline(opened.header),
            key_id=opened.key_id,
            proof=opened.proof,
        )

    def open_answer(self, data: bytes, *, kind: str, sender: str, request: Draft) -> Reply[Any]:
        """Verify and open the answer of `sender` to a request of ours.

        Nothing leaves unrecorded (DESIGN §2.1): an answer that has an entry is believed by it alone, unless this node keeps no log.

        Raises:
            CodecError: not an envelope, payload or message.
            EnvelopeError: not to be believed, or the answer to another request.
        """
        opened = self._open(data, kind, sender, bytes.fromhex(request.digest))
        if opened.proof is None and self._prove_entry is not None and kind in RECORDED_KINDS:
            raise EnvelopeError("SIGNATURE_INVALID", f"a {kind} that does not stand in the sender's log")
        if opened.header.exchange_id != request.exchange_id:
            raise EnvelopeError("REPLAYED", "the answer belongs to another exchange")
        message = codec.decode(kind, opened.body)
        _check_bound(message, opened.proof)
        return Reply(
            message=message,
            digest=opened.digest.hex(),
            issued_at=opened.header.issued_at,
            proof=opened.proof,
        )

    def _open(self, data: bytes, kind: str, sender: str, request_digest: bytes) -> _Opened:
        envelope = wire.decode_envelope(data)
        peer = self._peer(sender)
        key_id = self._believe(envelope, kind, peer)
        self._check_bar(kind, sender, key_id)
        self._check_standing(sender, key_id)
        payload = wire.decode_payload(envelope.payload)
        header = wire.decode_header(payload.header)
        check_header(header, sender=sender, me=self.province, now=self._clock(), request_digest=request_digest)
        try:
            body = self._opener.open(payload.sealed, payload.header)
        except DecryptionError as error:
            raise CodecError(f"the content does not open: {error}") from error
        proof = envelope.proof if isinstance(envelope.proof, LogProof) else None
        return _Opened(header=header, body=body, digest=gm.sm3(envelope.payload), key_id=key_id, proof=proof)

    def _check_bar(self, kind: str, sender: str, key_id: str) -> None:
        """A stopped province and a stopped key are not believed, but for stop orders, which prove themselves: a lift may be among them.

        Raises:
            EnvelopeError: PEER_STOPPED or KEY_STOPPED.
        """
        refusal = None if kind in NEVER_STOPPED_KINDS else self._bar.message(sender, key_id)
        if refusal is not None:
            raise EnvelopeError(refusal.reason.value, refusal.detail)

    def against(self, province: str) -> tuple[str, str]:
        """Why nothing may be sealed to a member now, as (reason, sentence); ("", "") where it may."""
        return self._standing(province, self._peer(province).recipient.key_id)

    def _check_standing(self, province: str, fingerprint: str) -> None:
        reason, detail = self._standing(province, fingerprint)
        if reason:
            raise EnvelopeError(reason, detail)

    def _believe(self, envelope: Envelope, kind: str, peer: Peer) -> str:
        """Check the proof, in either form; returns the fingerprint of the key that answers for it.

        Raises:
            EnvelopeError: SIGNATURE_INVALID, or LOG_FORKED where it shows that the sender keeps two logs.
        """
        payload_type, proof = codec.payload_type(kind), envelope.proof
        if not isinstance(proof, LogProof):
            key_id, public_key = peer.listed_signing_key(proof.key_id)
            # A node that slept through the peer's change of keys must still be able to hear of it: the documents prove themselves.
            if kind != CHAIN.answer or proof.key_id == key_id:
                verify(envelope, payload_type=payload_type, key_id=key_id, public_key=public_key)
            return key_id
        try:
            key_id, head = self._head(peer, proof.checkpoint)
        except ForkError as error:
            raise EnvelopeError("LOG_FORKED", str(error)) from error
        except EvidenceError as error:
            raise EnvelopeError("SIGNATURE_INVALID", str(error)) from error
        verify_by_log(
            envelope,
            proof,
            payload_type=payload_type,
            kind=kind,
            sender=peer.province,
            size=head.size,
            root=head.root,
        )
        return key_id

    def _head(self, peer: Peer, note: bytes) -> tuple[str, SeenHead]:
        """The head that a checkpoint states, and the fingerprint of the listed signing key under it: mostly the first.

        Raises:
            EvidenceError: none of the listed keys has signed it, or the log is suspended; ForkError: it shows a second log.
        """
        *others, (last_id, last_key) = peer.signing_keys.items()
        for key_id, public_key in others:
            with contextlib.suppress(UnknownSignerError):
                return key_id, self._heads.open(peer.province, note, public_key)
        return last_id, self._heads.open(peer.province, note, last_key)

    def entry(self, province: str, proof: LogProof) -> dict[str, Any]:
        """The members of an entry of a province's log. Implements `ports.LogReader`.

        Another's head is compared with those seen of its log; one of our own log is judged by our signature alone.

        Raises:
            EvidenceError: it does not stand there, or the head is not to be believed.
        """
        peer = self._directory.peers.get(province)
        if peer is None:
            raise EvidenceError(f"{province} is not in the membership document")
        if province != self.province:
            self._head(peer, proof.checkpoint)
        return proven(proof, province=province, keys=peer.signing_keys.values())

    def _peer(self, province: str) -> Peer:
        peer = self._directory.peers.get(province)
        if peer is None:
            raise EnvelopeError("NOT_A_MEMBER", "not in the membership document")
        return peer


def claimed(data: bytes) -> tuple[str, str]:
    """The digest (hex) by which the sender of a message that is not believed knows it, and the exchange id it claims ("" for none)."""
    return wire.claimed(data)


def _check_bound(message: Any, proof: LogProof | None) -> None:
    """What a message binds, its entry has to bind: else the two sides' entries would be about different contents.

    Raises:
        EnvelopeError: SIGNATURE_INVALID.
    """
    opened = openings(message)
    if proof is None or not opened:
        return
    bound = canonical.loads(proof.entry).get("binds")
    if not isinstance(bound, dict) or any(not one.opens(bound.get(one.label)) for one in opened):
        raise EnvelopeError("SIGNATURE_INVALID", "the sender's entry binds another content than it sent")


def _intent(kind: str, message: Any, body: bytes) -> bytes:
    """What a request asks, apart from where a resumed file stream goes on."""
    if isinstance(message, FileQuery):
        body = codec.encode(replace(message, offset=0)).body
    return gm.sm3(kind.encode() + b"\x00" + body)
