"""Codec of the noun `retrieval`: requests, answers, and the frames of a file stream."""

from certmesh.v1 import envelope_pb2
from certmesh.v1 import retrieval_pb2 as pb

from federation.codec._values import (
    Kinds,
    digest,
    maybe_from_ms,
    maybe_ms,
    number,
    refusal_from_proto,
    refusal_to_proto,
    salt,
    text,
    texts,
)
from federation.errors import CodecError
from federation.model.retrieval import CHUNK_BYTES, Chunk, DataAnswer, DataQuery, FileHead, FileQuery

MAX_DATA_BYTES = 1 << 20
MAX_FILE_BYTES = 4 << 30
_KEY_BYTES = 16
_TAG_BYTES = 16
_NONCE_BYTES = 12
_SM3_BYTES = 32
_FIXED_BYTES = 2 + _NONCE_BYTES + 1 + 2 + _SM3_BYTES  # of a chunk, apart from offset and sealed bytes with their length


def _encode_data_query(one: DataQuery) -> bytes:
    return pb.DataRequest(
        apply_id=one.apply_id, use_code=one.use_code, identifier=one.identifier, fields=one.fields
    ).SerializeToString(deterministic=True)


def _decode_data_query(body: bytes) -> DataQuery:
    message = pb.DataRequest.FromString(body)
    return DataQuery(
        apply_id=text(message.apply_id),
        use_code=text(message.use_code),
        identifier=text(message.identifier),
        fields=texts(message.fields),
    )


def _encode_data_answer(one: DataAnswer) -> bytes:
    return pb.DataAnswer(
        refusal=refusal_to_proto(one.refusal),
        data=one.data,
        mask_digest=one.mask_digest,
        salt=one.salt,
        disputed=one.disputed,
    ).SerializeToString(deterministic=True)


def _decode_data_answer(body: bytes) -> DataAnswer:
    message = pb.DataAnswer.FromString(body)
    if len(message.data) > MAX_DATA_BYTES:
        raise ValueError("face data larger than 1 MiB")
    return DataAnswer(
        refusal=refusal_from_proto(message.refusal),
        data=message.data,
        mask_digest=digest(message.mask_digest),
        salt=salt(message.salt),
        disputed=message.disputed,
    )


def _encode_file_query(one: FileQuery) -> bytes:
    return pb.FileRequest(
        apply_id=one.apply_id,
        use_code=one.use_code,
        identifier=one.identifier,
        offset=one.offset,
        original=one.original,
        expires_ms=maybe_ms(one.expires),
    ).SerializeToString(deterministic=True)


def _decode_file_query(body: bytes) -> FileQuery:
    message = pb.FileRequest.FromString(body)
    return FileQuery(
        apply_id=text(message.apply_id),
        use_code=text(message.use_code),
        identifier=text(message.identifier),
        offset=number(message.offset),
        original=message.original,
        expires=maybe_from_ms(message.expires_ms),
    )


def _encode_file_head(one: FileHead) -> bytes:
    return pb.FileHead(
        refusal=refusal_to_proto(one.refusal),
        identifier=one.identifier,
        size=one.size,
        sm3=one.sm3,
        original_sm3=one.original_sm3,
        format=one.format,
        chunk_key=one.chunk_key,
        verdict=one.verdict,
        disputed=one.disputed,
    ).SerializeToString(deterministic=True)


def _decode_file_head(body: bytes) -> FileHead:
    message = pb.FileHead.FromString(body)
    if message.size > MAX_FILE_BYTES:
        raise ValueError("a file larger than 4 GiB")
    if not message.refusal.reason and (len(message.chunk_key) != _KEY_BYTES or not message.sm3):
        raise ValueError("a promise of a file without its key or digest")
    return FileHead(
        refusal=refusal_from_proto(message.refusal),
        identifier=text(message.identifier),
        size=message.size,
        sm3=digest(message.sm3),
        original_sm3=digest(message.original_sm3),
        format=text(message.format),
        chunk_key=message.chunk_key,
        verdict=text(message.verdict),
        disputed=message.disputed,
    )


def head_frame(envelope: bytes) -> bytes:
    """The first frame of a stream, around a signed FileHead."""
    return pb.FileFrame(head=envelope_pb2.Envelope.FromString(envelope)).SerializeToString()


def chunk_frame(chunk: Chunk) -> bytes:
    """A later frame: the bytes that `pb.FileFrame(chunk=…)` serialises to, joined in one copy where protobuf makes four.

    Field numbers and wire types are those of retrieval.proto (https://protobuf.dev/programming-guides/encoding/); a test compares both.
    """
    offset = b"\x08" + _varint(chunk.offset) if chunk.offset else b""
    sealed = _varint(len(chunk.sealed))
    size = len(offset) + _FIXED_BYTES + len(sealed) + len(chunk.sealed)
    parts = (
        b"\x12",
        _varint(size),
        offset,
        b"\x12\x0c",
        chunk.nonce,
        b"\x1a",
        sealed,
        chunk.sealed,
        b"\x22\x20",
        chunk.prefix_sm3,
    )
    return b"".join(parts)


def _varint(number: int) -> bytes:
    """Base-128, least significant group first."""
    groups = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits a group
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def read_frame(frame: bytes) -> bytes | Chunk:
    """The envelope bytes of a head, or a chunk.

    Raises:
        CodecError: neither, or a chunk beyond its bounds.
    """
    try:
        message = pb.FileFrame.FromString(frame)
    except Exception as error:  # protobuf's DecodeError is not one class across its implementations
        raise CodecError("not a frame of a file stream") from error
    if message.HasField("head"):
        return message.head.SerializeToString()
    chunk = message.chunk
    if not (
        _TAG_BYTES < len(chunk.sealed) <= CHUNK_BYTES + _TAG_BYTES
        and len(chunk.nonce) == _NONCE_BYTES
        and len(chunk.prefix_sm3) == _SM3_BYTES
    ):
        raise CodecError("a chunk of the wrong shape")
    return Chunk(offset=chunk.offset, nonce=chunk.nonce, sealed=chunk.sealed, prefix_sm3=chunk.prefix_sm3)


KINDS: Kinds = {
    "DataRequest": (DataQuery, _encode_data_query, _decode_data_query),
    "DataAnswer": (DataAnswer, _encode_data_answer, _decode_data_answer),
    "FileRequest": (FileQuery, _encode_file_query, _decode_file_query),
    "FileHead": (FileHead, _encode_file_head, _decode_file_head),
}
