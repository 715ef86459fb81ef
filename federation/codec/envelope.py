"""Codec of envelopes, payloads, headers and seals. Decoding bounds sizes and counts; belief is `trust.envelope`'s matter."""

import re
from dataclasses import dataclass

from certmesh.v1 import envelope_pb2 as pb
from google.protobuf.message import DecodeError

from federation.codec._values import from_ms, text, texts, to_ms
from federation.errors import CodecError
from trust import gm
from trust.checkpoint import MAX_NOTE_BYTES
from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH, DirectProof, Envelope, Header, LogProof
from trust.sealing import MAX_WRAPS, Sealed, Wrap

MAX_ENVELOPE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A payload taken apart: the exact header bytes, and the sealed content."""

    header: bytes
    sealed: Sealed


def encode_envelope(envelope: Envelope) -> bytes:
    """The envelope as it travels."""
    one = envelope.proof
    if isinstance(one, DirectProof):
        proof = pb.Proof(direct=pb.DirectProof(key_id=one.key_id, signature=one.signature))
    else:
        by_log = pb.LogProof(entry=one.entry, index=one.index, path=one.path, checkpoint=one.checkpoint)
        proof = pb.Proof(by_log=by_log)
    return pb.Envelope(payload_type=envelope.payload_type, payload=envelope.payload, proof=proof).SerializeToString()


def decode_envelope(data: bytes) -> Envelope:
    """An envelope out of untrusted bytes.

    Raises:
        CodecError: too large, malformed, or with a form of proof this version does not know.
    """
    if len(data) > MAX_ENVELOPE_BYTES:
        raise CodecError("an envelope larger than 16 MiB")
    try:
        message = pb.Envelope.FromString(data)
    except DecodeError as error:
        raise CodecError("not an envelope") from error
    return Envelope(payload_type=message.payload_type, payload=message.payload, proof=_proof(message.proof))


_EXCHANGE_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")


def claimed(data: bytes) -> tuple[str, str]:
    """Of a message that is not believed: the digest (hex) that its sender knows it by, and the exchange id it claims to belong to.

    The digest is of all bytes where they are no envelope; the id is "" where there is none, or one of a form that nobody makes.
    """
    try:
        payload = decode_envelope(data).payload
    except CodecError:
        return gm.sm3(data).hex(), ""
    try:
        exchange_id = decode_header(decode_payload(payload).header).exchange_id
    except CodecError:
        exchange_id = ""
    return gm.sm3(payload).hex(), exchange_id if _EXCHANGE_ID.fullmatch(exchange_id) else ""


def _proof(proof: pb.Proof) -> DirectProof | LogProof:
    match proof.WhichOneof("form"):
        case "direct":
            return DirectProof(key_id=proof.direct.key_id, signature=proof.direct.signature)
        case "by_log":
            one = proof.by_log
            if len(one.entry) > MAX_ENTRY_BYTES or len(one.path) > MAX_PATH or len(one.checkpoint) > MAX_NOTE_BYTES:
                raise CodecError("an entry, a path or a checkpoint longer than a proof may have")
            return LogProof(entry=one.entry, index=one.index, path=tuple(one.path), checkpoint=one.checkpoint)
        case _:
            raise CodecError("no proof of a form known here")


def encode_header(header: Header) -> bytes:
    """The header's bytes; also the additional data of the seal."""
    return pb.Header(
        protocol=header.protocol,
        exchange_id=header.exchange_id,
        sender=header.sender,
        recipients=header.recipients,
        issued_ms=to_ms(header.issued_at),
        expires_ms=to_ms(header.expires_at),
        nonce=header.nonce,
        request_digest=header.request_digest,
    ).SerializeToString(deterministic=True)


def decode_header(data: bytes) -> Header:
    """A header out of untrusted bytes.

    Raises:
        CodecError: malformed or out of bounds.
    """
    try:
        message = pb.Header.FromString(data)
        return Header(
            protocol=message.protocol,
            exchange_id=text(message.exchange_id),
            sender=text(message.sender),
            recipients=texts(message.recipients),
            issued_at=from_ms(message.issued_ms),
            expires_at=from_ms(message.expires_ms),
            nonce=message.nonce,
            request_digest=message.request_digest,
        )
    except (DecodeError, ValueError) as error:
        raise CodecError(f"not a header: {error}") from error


def encode_payload(header: bytes, sealed: Sealed) -> bytes:
    """A payload."""
    wraps = [pb.WrappedKey(recipient=one.recipient, key_id=one.key_id, wrapped=one.wrapped) for one in sealed.wraps]
    content = pb.Sealed(wraps=wraps, nonce=sealed.nonce, ciphertext=sealed.ciphertext)
    return pb.Payload(header=header, sealed=content).SerializeToString(deterministic=True)


def decode_payload(data: bytes) -> Payload:
    """A payload out of untrusted bytes.

    Raises:
        CodecError: malformed.
    """
    try:
        message = pb.Payload.FromString(data)
    except DecodeError as error:
        raise CodecError("not a payload") from error
    content = message.sealed
    if len(content.wraps) > MAX_WRAPS:
        raise CodecError(f"more than {MAX_WRAPS} wrapped keys")
    wraps = tuple(Wrap(recipient=one.recipient, key_id=one.key_id, wrapped=one.wrapped) for one in content.wraps)
    return Payload(
        header=message.header, sealed=Sealed(wraps=wraps, nonce=content.nonce, ciphertext=content.ciphertext)
    )
