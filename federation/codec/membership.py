"""Codec of the noun `membership`. The documents are JSON and stay as they are."""

from certmesh.v1 import membership_pb2 as pb

from federation.codec._values import Kinds, digest, number
from federation.model import membership as model
from trust.membership import MAX_DOCUMENT_BYTES


def _head_to_proto(head: model.MembershipHead) -> pb.MembershipHead:
    return pb.MembershipHead(version=head.version, digest=bytes.fromhex(head.digest))


def _head_from_proto(message: pb.MembershipHead) -> model.MembershipHead:
    return model.MembershipHead(version=number(message.version), digest=digest(message.digest).hex())


def _encode_poke(one: model.Poke) -> bytes:
    return pb.PokeRequest(head=_head_to_proto(one.head)).SerializeToString(deterministic=True)


def _decode_poke(body: bytes) -> model.Poke:
    return model.Poke(head=_head_from_proto(pb.PokeRequest.FromString(body).head))


def _encode_poked(one: model.PokeAnswer) -> bytes:
    return pb.PokeAnswer(held=_head_to_proto(one.held)).SerializeToString(deterministic=True)


def _decode_poked(body: bytes) -> model.PokeAnswer:
    return model.PokeAnswer(held=_head_from_proto(pb.PokeAnswer.FromString(body).held))


def _encode_chain(one: model.ChainRequest) -> bytes:
    return pb.ChainRequest(after_version=one.after_version).SerializeToString(deterministic=True)


def _decode_chain(body: bytes) -> model.ChainRequest:
    return model.ChainRequest(after_version=number(pb.ChainRequest.FromString(body).after_version))


def _encode_chained(one: model.ChainAnswer) -> bytes:
    return pb.ChainAnswer(head=_head_to_proto(one.head), documents=one.documents).SerializeToString(deterministic=True)


def _decode_chained(body: bytes) -> model.ChainAnswer:
    message = pb.ChainAnswer.FromString(body)
    if len(message.documents) > model.MAX_DOCUMENTS or any(len(one) > MAX_DOCUMENT_BYTES for one in message.documents):
        raise ValueError("more, or larger, membership documents than an answer may hold")
    return model.ChainAnswer(head=_head_from_proto(message.head), documents=tuple(message.documents))


KINDS: Kinds = {
    "PokeRequest": (model.Poke, _encode_poke, _decode_poke),
    "PokeAnswer": (model.PokeAnswer, _encode_poked, _decode_poked),
    "ChainRequest": (model.ChainRequest, _encode_chain, _decode_chain),
    "ChainAnswer": (model.ChainAnswer, _encode_chained, _decode_chained),
}
