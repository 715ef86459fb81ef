"""Codec of the messages that both publications (`catalogue`, `uselist`) travel in. The documents themselves are JSON."""

from certmesh.v1 import publication_pb2 as pb

from federation.codec._values import Kinds, digest, from_ms, number, refusal_from_proto, refusal_to_proto, text, to_ms
from federation.model import publication as model


def _head_to_proto(head: model.Head) -> pb.PublicationHead:
    return pb.PublicationHead(publisher=head.publisher, version=head.version, digest=bytes.fromhex(head.digest))


def _head_from_proto(message: pb.PublicationHead) -> model.Head:
    return model.Head(
        publisher=text(message.publisher), version=number(message.version), digest=digest(message.digest).hex()
    )


def _encode_announce(one: model.Announce) -> bytes:
    return pb.AnnounceRequest(head=_head_to_proto(one.head)).SerializeToString(deterministic=True)


def _decode_announce(body: bytes) -> model.Announce:
    return model.Announce(head=_head_from_proto(pb.AnnounceRequest.FromString(body).head))


def _encode_announced(one: model.AnnounceAnswer) -> bytes:
    return pb.AnnounceAnswer(held=_head_to_proto(one.held)).SerializeToString(deterministic=True)


def _decode_announced(body: bytes) -> model.AnnounceAnswer:
    return model.AnnounceAnswer(held=_head_from_proto(pb.AnnounceAnswer.FromString(body).held))


def _encode_pull(one: model.Pull) -> bytes:
    return pb.PullRequest(after_version=one.after_version).SerializeToString(deterministic=True)


def _decode_pull(body: bytes) -> model.Pull:
    return model.Pull(after_version=number(pb.PullRequest.FromString(body).after_version))


def _encode_pulled(one: model.PullAnswer) -> bytes:
    message = pb.PullAnswer(head=_head_to_proto(one.head), document=one.document)
    return message.SerializeToString(deterministic=True)


def _decode_pulled(body: bytes) -> model.PullAnswer:
    message = pb.PullAnswer.FromString(body)
    if len(message.document) > model.MAX_DOCUMENT_BYTES:
        raise ValueError("a document larger than 12 MiB")
    return model.PullAnswer(head=_head_from_proto(message.head), document=message.document)


def _encode_acknowledge(one: model.Acknowledge) -> bytes:
    return pb.AcknowledgeRequest(
        head=_head_to_proto(one.head),
        received_ms=to_ms(one.received_at),
        refusal=refusal_to_proto(one.refusal),
    ).SerializeToString(deterministic=True)


def _decode_acknowledge(body: bytes) -> model.Acknowledge:
    message = pb.AcknowledgeRequest.FromString(body)
    return model.Acknowledge(
        head=_head_from_proto(message.head),
        received_at=from_ms(message.received_ms),
        refusal=refusal_from_proto(message.refusal),
    )


def _encode_acknowledged(_: model.AcknowledgeAnswer) -> bytes:
    return pb.AcknowledgeAnswer().SerializeToString()


def _decode_acknowledged(body: bytes) -> model.AcknowledgeAnswer:
    pb.AcknowledgeAnswer.FromString(body)
    return model.AcknowledgeAnswer()


KINDS: Kinds = {
    "AnnounceRequest": (model.Announce, _encode_announce, _decode_announce),
    "AnnounceAnswer": (model.AnnounceAnswer, _encode_announced, _decode_announced),
    "PullRequest": (model.Pull, _encode_pull, _decode_pull),
    "PullAnswer": (model.PullAnswer, _encode_pulled, _decode_pulled),
    "AcknowledgeRequest": (model.Acknowledge, _encode_acknowledge, _decode_acknowledge),
    "AcknowledgeAnswer": (model.AcknowledgeAnswer, _encode_acknowledged, _decode_acknowledged),
}
