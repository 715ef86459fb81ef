"""The node's post room: drafts, signs, verifies and opens messages. DESIGN §4.

Implements `ports.Mail` and the receiving side that the gRPC edge and the client use. One per node; owned by its event loop.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from federation import codec
from federation.codec import envelope as wire
from federation.directory import Directory, Peer
from federation.errors import CodecError
from federation.methods import CHAIN, NEVER_STOPPED_KINDS
from federation.model.retrieval import FileQuery
from federation.ports import Bar, Draft, Encoded, Incoming, OpenBar, Reply
from trust import gm
from trust.envelope import NONCE_BYTES, Header, check_header, nonce_deadline, sign, verify
from trust.errors import DecryptionError, EnvelopeError
from trust.local import LocalIdentity
from trust.sealing import Opener, Sealer

LIFETIME = timedelta(minutes=2)  # a message is answered in seconds; this bounds the replay window


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A verified and opened envelope."""

    header: Header
    body: bytes
    digest: bytes
    key_id: str


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
    ) -> None:
        """Work with one identity among the members of one directory; `clock` is UTC, `monotonic` in seconds.

        `bar` keeps stopped provinces and keys out. `standing` is asked what is known against a member's certificate: (province,
        fingerprint) to (reason, sentence), "" for nothing.
        """
        self._identity = identity
        self._directory = directory
        self._clock = clock
        self._bar = bar or OpenBar()
        self._standing = standing
        self._sealer = Sealer(monotonic)
        self._opener = Opener(identity.province, identity.opening_keys)

    @property
    def province(self) -> str:
        """Our own province."""
        return self._identity.province

    def use(self, identity: LocalIdentity) -> None:
        """Sign and open with other keys from here on: a newer membership lists them."""
        self._identity = identity
        self._opener = Opener(identity.province, identity.opening_keys)

    def encode(self, message: Any) -> Encoded:
        """A message of `federation.model` as bytes."""
        return codec.encode(message)

    def decode(self, encoded: Encoded) -> Any:
        """The message that `encode` was given."""
        return codec.decode(encoded.kind, encoded.body)

    def draft_request(self, message: Any, *, recipients: Sequence[str], exchange_id: str) -> Draft:
        """A sealed request to one or more provinces; one signature will serve them all."""
        return self._draft(codec.encode(message), recipients, exchange_id, b"")

    def draft_answer(self, encoded: Encoded, incoming: Incoming[Any]) -> Draft:
        """A sealed answer to a request."""
        return self._draft(encoded, (incoming.sender,), incoming.exchange_id, bytes.fromhex(incoming.digest))

    def _draft(self, encoded: Encoded, recipients: Sequence[str], exchange_id: str, request_digest: bytes) -> Draft:
        now = self._clock()
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
        return Draft(kind=encoded.kind, exchange_id=exchange_id, payload=payload, digest=gm.sm3(payload).hex())

    def sign(self, draft: Draft) -> bytes:
        """The envelope that travels."""
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
        return Incoming(
            sender=sender,
            exchange_id=opened.header.exchange_id,
            message=message,
            digest=opened.digest.hex(),
            intent=_intent(kind, message, opened.body),
            nonce=opened.header.nonce,
            nonce_deadline=nonce_deadline(opened.header),
            key_id=opened.key_id,
        )

    def open_answer(self, data: bytes, *, kind: str, sender: str, request: Draft) -> Reply[Any]:
        """Verify and open the answer of `sender` to a request of ours.

        Raises:
            CodecError: not an envelope, payload or message.
            EnvelopeError: not to be believed, or the answer to another request.
        """
        opened = self._open(data, kind, sender, bytes.fromhex(request.digest))
        if opened.header.exchange_id != request.exchange_id:
            raise EnvelopeError("REPLAYED", "the answer belongs to another exchange")
        return Reply(
            message=codec.decode(kind, opened.body), digest=opened.digest.hex(), issued_at=opened.header.issued_at
        )

    def _open(self, data: bytes, kind: str, sender: str, request_digest: bytes) -> _Opened:
        envelope = wire.decode_envelope(data)
        peer = self._peer(sender)
        key_id, public_key = peer.listed_signing_key(envelope.proof.key_id)
        # A node that slept through the peer's change of keys must still be able to hear of it: the documents prove themselves.
        if kind != CHAIN.answer or envelope.proof.key_id == key_id:
            verify(envelope, payload_type=codec.payload_type(kind), key_id=key_id, public_key=public_key)
        self._check_bar(kind, sender, key_id)
        self._check_standing(sender, key_id)
        payload = wire.decode_payload(envelope.payload)
        header = wire.decode_header(payload.header)
        check_header(header, sender=sender, me=self.province, now=self._clock(), request_digest=request_digest)
        try:
            body = self._opener.open(payload.sealed, payload.header)
        except DecryptionError as error:
            raise CodecError(f"the content does not open: {error}") from error
        return _Opened(header=header, body=body, digest=gm.sm3(envelope.payload), key_id=envelope.proof.key_id)

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

    def _peer(self, province: str) -> Peer:
        peer = self._directory.peers.get(province)
        if peer is None:
            raise EnvelopeError("NOT_A_MEMBER", "not in the membership document")
        return peer


def _intent(kind: str, message: Any, body: bytes) -> bytes:
    """What a request asks, apart from where a resumed file stream goes on."""
    if isinstance(message, FileQuery):
        body = codec.encode(replace(message, offset=0)).body
    return gm.sm3(kind.encode() + b"\x00" + body)
