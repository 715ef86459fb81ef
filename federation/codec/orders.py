"""Codec of the noun `orders`."""

from collections.abc import Iterable

from certmesh.v1 import orders_pb2 as pb

from federation.codec._values import Kinds, digest, texts
from federation.model import orders as model
from trust.orders import MAX_DOCUMENT_BYTES


def _documents(documents: Iterable[bytes]) -> tuple[bytes, ...]:
    """A bounded list of bounded documents.

    Raises:
        ValueError: too many, or one is too large.
    """
    listed = tuple(documents)
    if len(listed) > model.MAX_DOCUMENTS or any(len(one) > MAX_DOCUMENT_BYTES for one in listed):
        raise ValueError(f"more than {model.MAX_DOCUMENTS} orders, or one larger than 64 KiB")
    return listed


def _tags(known: bytes) -> bytes:
    """Whole tags, not too many.

    Raises:
        ValueError: they are not.
    """
    if len(known) % model.TAG_BYTES or len(known) > model.MAX_KNOWN * model.TAG_BYTES:
        raise ValueError("not tags of 16 bytes, or too many")
    return known


def _encode_push(one: model.OrdersPush) -> bytes:
    return pb.OrdersPushRequest(documents=one.documents).SerializeToString(deterministic=True)


def _decode_push(body: bytes) -> model.OrdersPush:
    return model.OrdersPush(documents=_documents(pb.OrdersPushRequest.FromString(body).documents))


def _encode_pushed(one: model.OrdersPushAnswer) -> bytes:
    return pb.OrdersPushAnswer(reasons=one.reasons).SerializeToString(deterministic=True)


def _decode_pushed(body: bytes) -> model.OrdersPushAnswer:
    return model.OrdersPushAnswer(reasons=texts(pb.OrdersPushAnswer.FromString(body).reasons))


def _encode_pull(one: model.OrdersPull) -> bytes:
    return pb.OrdersPullRequest(state=one.state, known=one.known).SerializeToString(deterministic=True)


def _decode_pull(body: bytes) -> model.OrdersPull:
    message = pb.OrdersPullRequest.FromString(body)
    return model.OrdersPull(state=digest(message.state), known=_tags(message.known))


def _encode_pulled(one: model.OrdersPullAnswer) -> bytes:
    return pb.OrdersPullAnswer(state=one.state, documents=one.documents).SerializeToString(deterministic=True)


def _decode_pulled(body: bytes) -> model.OrdersPullAnswer:
    message = pb.OrdersPullAnswer.FromString(body)
    return model.OrdersPullAnswer(state=digest(message.state), documents=_documents(message.documents))


KINDS: Kinds = {
    "OrdersPushRequest": (model.OrdersPush, _encode_push, _decode_push),
    "OrdersPushAnswer": (model.OrdersPushAnswer, _encode_pushed, _decode_pushed),
    "OrdersPullRequest": (model.OrdersPull, _encode_pull, _decode_pull),
    "OrdersPullAnswer": (model.OrdersPullAnswer, _encode_pulled, _decode_pulled),
}
