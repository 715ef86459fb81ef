"""Codec of the noun `objection`. The documents are JSON (`trust.objection`) and are judged by the use-cases."""

from certmesh.v1 import objection_pb2 as pb

from federation.codec._values import Kinds, refusal_from_proto, refusal_to_proto
from federation.model.objection import MAX_CONTENT_BYTES, ObjectionTell, ObjectionTold
from trust.commitment import SALT_BYTES
from trust.objection import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS


def _encode_tell(one: ObjectionTell) -> bytes:
    message = pb.ObjectionTell(documents=one.documents, salt=one.salt, content=one.content)
    return message.SerializeToString(deterministic=True)


def _decode_tell(body: bytes) -> ObjectionTell:
    message = pb.ObjectionTell.FromString(body)
    documents = tuple(message.documents)
    if not 1 <= len(documents) <= MAX_DOCUMENTS or any(len(one) > MAX_DOCUMENT_BYTES for one in documents):
        raise ValueError(f"1 to {MAX_DOCUMENTS} documents of at most {MAX_DOCUMENT_BYTES} bytes")
    if len(message.salt) not in {0, SALT_BYTES} or len(message.content) > MAX_CONTENT_BYTES:
        raise ValueError("a claim beyond its bounds")
    return ObjectionTell(documents=documents, salt=message.salt, content=message.content)


def _encode_told(one: ObjectionTold) -> bytes:
    message = pb.ObjectionTold(refusal=refusal_to_proto(one.refusal), held=one.held)
    return message.SerializeToString(deterministic=True)


def _decode_told(body: bytes) -> ObjectionTold:
    message = pb.ObjectionTold.FromString(body)
    if message.held > MAX_DOCUMENTS:
        raise ValueError("more documents than a case has")
    return ObjectionTold(refusal=refusal_from_proto(message.refusal), held=message.held)


KINDS: Kinds = {
    "ObjectionTell": (ObjectionTell, _encode_tell, _decode_tell),
    "ObjectionTold": (ObjectionTold, _encode_told, _decode_told),
}
