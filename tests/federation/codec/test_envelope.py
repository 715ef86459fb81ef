"""federation.codec.envelope and the frames of a file stream: round trips, vectors, bounds."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from certmesh.v1 import envelope_pb2, retrieval_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.codec.envelope import (
    MAX_ENVELOPE_BYTES,
    Payload,
    decode_envelope,
    decode_header,
    decode_payload,
    encode_envelope,
    encode_header,
    encode_payload,
)
from federation.codec.retrieval import chunk_frame, head_frame, read_frame
from federation.errors import CodecError
from federation.model.retrieval import CHUNK_BYTES, Chunk
from tests.federation.strategies import TEXT, TIME
from tests.federation.vectors import make_messages
from trust.checkpoint import MAX_NOTE_BYTES
from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH, DirectProof, Envelope, Header, LogProof
from trust.sealing import Sealed, Wrap

VECTORS: Mapping[str, str] = json.loads(make_messages.FILE.read_text(encoding="utf-8"))
MOMENT = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)
SM3 = b"0123456789abcdef" * 2

ENVELOPE = Envelope(
    payload_type="application/vnd.certmesh.v1.SearchRequest+protobuf",
    payload=b"payload",
    proof=DirectProof(key_id="k1", signature=b"signature"),
)
BY_LOG = Envelope(
    payload_type="application/vnd.certmesh.v1.SearchRequest+protobuf",
    payload=b"payload",
    proof=LogProof(entry=b"{}", index=5, path=(SM3, SM3), checkpoint=b"a signed note"),
)
HEADER = Header(
    exchange_id="e1",
    sender="310000",
    recipients=("320000", "330000"),
    issued_at=MOMENT,
    expires_at=MOMENT + timedelta(minutes=2),
    nonce=b"0123456789abcdef",
    request_digest=SM3,
)
SEALED = Sealed(
    wraps=(Wrap(recipient="320000", key_id="k2", wrapped=b"wrapped"),), nonce=b"0123456789ab", ciphertext=b"ciphertext"
)
CHUNK = Chunk(offset=65536, nonce=b"0123456789ab", sealed=b"0123456789abcdef+", prefix_sm3=SM3)


@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        ("Envelope", encode_envelope(ENVELOPE)),
        ("Header", encode_header(HEADER)),
        ("EnvelopeByLog", encode_envelope(BY_LOG)),
        ("Payload", encode_payload(b"header", SEALED)),
        ("FileFrame", chunk_frame(CHUNK)),
    ],
)
def test_the_wire_does_not_change(kind: str, encoded: bytes) -> None:
    assert encoded.hex() == VECTORS[kind]


@settings(deadline=None)
@given(
    st.builds(
        LogProof,
        entry=st.binary(max_size=80),
        index=st.integers(0, 2**64 - 1),
        path=st.lists(st.binary(max_size=40), max_size=MAX_PATH).map(tuple),
        checkpoint=st.binary(max_size=80),
    )
)
def test_any_proof_by_the_log_reads_back(proof: LogProof) -> None:
    envelope = replace(BY_LOG, proof=proof)

    assert decode_envelope(encode_envelope(envelope)) == envelope


def test_what_is_encoded_reads_back() -> None:
    assert decode_envelope(encode_envelope(ENVELOPE)) == ENVELOPE
    assert decode_header(encode_header(HEADER)) == HEADER
    assert decode_payload(encode_payload(b"header", SEALED)) == Payload(header=b"header", sealed=SEALED)
    assert read_frame(chunk_frame(CHUNK)) == CHUNK
    assert read_frame(head_frame(encode_envelope(ENVELOPE))) == encode_envelope(ENVELOPE)


HEADERS = st.builds(
    Header,
    exchange_id=TEXT,
    sender=TEXT,
    recipients=st.lists(TEXT, max_size=4).map(tuple),
    issued_at=TIME,
    expires_at=TIME,
    nonce=st.binary(max_size=20),
    request_digest=st.binary(max_size=40),
    protocol=st.integers(0, 2**32 - 1),
)
WRAPS = st.builds(Wrap, recipient=TEXT, key_id=TEXT, wrapped=st.binary(max_size=40))
SEALEDS = st.builds(
    Sealed,
    wraps=st.lists(WRAPS, max_size=4).map(tuple),
    nonce=st.binary(max_size=16),
    ciphertext=st.binary(max_size=40),
)
CHUNKS = st.builds(
    Chunk,
    offset=st.integers(0, 2**64 - 1),
    nonce=st.binary(min_size=12, max_size=12),
    sealed=st.binary(min_size=17, max_size=40) | st.just(bytes(CHUNK_BYTES + 16)),
    prefix_sm3=st.binary(min_size=32, max_size=32),
)


@settings(deadline=None)
@given(HEADERS, SEALEDS, CHUNKS)
def test_any_header_payload_or_chunk_reads_back(header: Header, sealed: Sealed, chunk: Chunk) -> None:
    encoded = encode_header(header)

    assert decode_header(encoded) == header
    assert decode_payload(encode_payload(encoded, sealed)) == Payload(header=encoded, sealed=sealed)
    assert read_frame(chunk_frame(chunk)) == chunk


def by_log(**changes: Any) -> bytes:
    assert isinstance(BY_LOG.proof, LogProof)
    return encode_envelope(replace(BY_LOG, proof=replace(BY_LOG.proof, **changes)))


READERS: list[Callable[[bytes], object]] = [decode_envelope, decode_header, decode_payload, read_frame]


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(READERS), st.binary(max_size=100))
def test_random_bytes_read_or_give_a_codec_error(reader: Callable[[bytes], object], data: bytes) -> None:
    try:
        reader(data)
    except CodecError:
        return


@pytest.mark.parametrize("kind", ["Envelope", "EnvelopeByLog", "Header", "Payload", "FileFrame"])
def test_every_truncation_reads_or_gives_a_codec_error(kind: str) -> None:
    data = bytes.fromhex(VECTORS[kind])
    for length in range(len(data)):
        for reader in READERS:
            try:
                reader(data[:length])
            except CodecError:
                continue


@pytest.mark.parametrize(
    ("reader", "data"),
    [
        pytest.param(decode_envelope, bytes(MAX_ENVELOPE_BYTES + 1), id="an envelope over 16 MiB is not parsed"),
        pytest.param(decode_envelope, b"", id="an envelope without a proof is refused"),
        pytest.param(
            decode_envelope,
            envelope_pb2.Envelope(payload=b"p", proof=envelope_pb2.Proof()).SerializeToString(),
            id="a proof of an unknown form is refused",
        ),
        pytest.param(decode_envelope, by_log(entry=bytes(MAX_ENTRY_BYTES + 1)), id="an entry over 64 KiB"),
        pytest.param(decode_envelope, by_log(path=(SM3,) * (MAX_PATH + 1)), id="a path longer than any log"),
        pytest.param(decode_envelope, by_log(checkpoint=bytes(MAX_NOTE_BYTES + 1)), id="a note over 16 KiB"),
        pytest.param(decode_header, envelope_pb2.Header(issued_ms=-1).SerializeToString(), id="a time before 1970"),
        pytest.param(
            decode_header, envelope_pb2.Header(expires_ms=4_102_444_800_001).SerializeToString(), id="a time after 2100"
        ),
        pytest.param(
            decode_header,
            envelope_pb2.Header(recipients=["320000"] * 1001).SerializeToString(),
            id="1001 recipients",
        ),
        pytest.param(
            decode_header, envelope_pb2.Header(exchange_id="e" * 2001).SerializeToString(), id="an endless exchange id"
        ),
    ],
)
def test_an_envelope_beyond_its_bounds_is_refused(reader: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(CodecError):
        reader(data)


def _chunk(**change: Any) -> bytes:
    fields = {"nonce": bytes(12), "sealed": bytes(17), "prefix_sm3": bytes(32)} | change
    return retrieval_pb2.FileFrame(chunk=retrieval_pb2.Chunk(**fields)).SerializeToString()


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"", id="an empty frame"),
        pytest.param(_chunk(sealed=bytes(16)), id="a chunk without content"),
        pytest.param(_chunk(sealed=bytes(CHUNK_BYTES + 17)), id="a chunk over 64 KiB"),
        pytest.param(_chunk(nonce=bytes(11)), id="a nonce of 11 bytes"),
        pytest.param(_chunk(prefix_sm3=bytes(31)), id="a digest of 31 bytes"),
    ],
)
def test_a_frame_of_the_wrong_shape_is_refused(frame: bytes) -> None:
    with pytest.raises(CodecError):
        read_frame(frame)
