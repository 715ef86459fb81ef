"""Codec of the messages that all publications (`catalogue`, `uselist`, `decisions`) travel in. Entries and heads are JSON: bytes here."""

from collections.abc import Iterable

from certmesh.v1 import publication_pb2 as pb

from federation.codec._values import Kinds, digest, from_ms, number, refusal_from_proto, refusal_to_proto, to_ms
from federation.model import publication as model


def _mark_to_proto(mark: model.Mark) -> pb.PublicationMark:
    return pb.PublicationMark(version=mark.version, digest=bytes.fromhex(mark.digest))


def _mark_from_proto(message: pb.PublicationMark) -> model.Mark:
    return model.Mark(version=number(message.version), digest=digest(message.digest).hex())


def _head_to_proto(head: model.SignedHead | None) -> pb.SignedHead | None:
    if head is None:
        return None
    return pb.SignedHead(payload=head.payload, key_id=bytes.fromhex(head.key_id), signature=head.signature)


def _head_from_proto(message: pb.SignedHead) -> model.SignedHead:
    """A signed head within its bounds.

    Raises:
        ValueError: a part is of another length.
    """
    if not 0 < len(message.payload) <= model.MAX_HEAD_BYTES:
        raise ValueError("a head that is empty or larger than 1 KiB")
    if len(message.key_id) != model.KEY_ID_BYTES or len(message.signature) != model.SIGNATURE_BYTES:
        raise ValueError("a key id that is not 32 bytes, or a signature that is not 64")
    return model.SignedHead(payload=message.payload, key_id=message.key_id.hex(), signature=message.signature)


def _key_to_proto(key: model.Key) -> pb.EntryKey | None:
    return pb.EntryKey(id=key.id, version=key.version) if key.id else None


def _key_from_proto(message: pb.EntryKey) -> model.Key:
    """An entry's key; an absent one is none.

    Raises:
        ValueError: an id beyond its bounds.
    """
    if len(message.id) > model.MAX_ID:
        raise ValueError(f"an id longer than {model.MAX_ID} characters")
    return model.Key(id=message.id, version=number(message.version)) if message.id else model.Key()


def _delta_to_proto(delta: model.Delta | None) -> pb.PublicationDelta | None:
    if delta is None:
        return None
    drops = [pb.EntryKey(id=one.id, version=one.version) for one in delta.drops]
    return pb.PublicationDelta(after=delta.after, chain=delta.chain, puts=delta.puts, drops=drops)


def _delta_from_proto(message: pb.PublicationDelta) -> model.Delta:
    """A delta, or a page of one, within its bounds.

    Raises:
        ValueError: too many entries or heads, or too large ones.
    """
    if len(message.puts) + len(message.drops) > model.MAX_PAGE_ENTRIES:
        raise ValueError(f"more than {model.MAX_PAGE_ENTRIES} entries in a page")
    if sum(len(one) for one in message.puts) > model.MAX_PAGE_BYTES:
        raise ValueError("a page larger than 1 MiB")
    if not all(one.id for one in message.drops):
        raise ValueError("an entry without an id")
    return model.Delta(
        after=number(message.after),
        chain=_chain(message.chain),
        puts=_bodies(message.puts),
        drops=tuple(_key_from_proto(one) for one in message.drops),
    )


def _chain(payloads: Iterable[bytes]) -> tuple[bytes, ...]:
    listed = tuple(payloads)
    if len(listed) > model.MAX_CHAIN or any(len(one) > model.MAX_HEAD_BYTES for one in listed):
        raise ValueError(f"a chain of more than {model.MAX_CHAIN} heads, or with one larger than 1 KiB")
    return listed


def _bodies(bodies: Iterable[bytes]) -> tuple[bytes, ...]:
    listed = tuple(bodies)
    if any(not 0 < len(one) <= model.MAX_ENTRY_BYTES for one in listed):
        raise ValueError("an entry that is empty or larger than 64 KiB")
    return listed


def _encode_announce(one: model.Announce) -> bytes:
    message = pb.AnnounceRequest(head=_head_to_proto(one.head), delta=_delta_to_proto(one.delta))
    return message.SerializeToString(deterministic=True)


def _decode_announce(body: bytes) -> model.Announce:
    message = pb.AnnounceRequest.FromString(body)
    delta = _delta_from_proto(message.delta) if message.HasField("delta") else None
    return model.Announce(head=_head_from_proto(message.head), delta=delta)


def _encode_announced(one: model.AnnounceAnswer) -> bytes:
    message = pb.AnnounceAnswer(held=_mark_to_proto(one.held), refusal=refusal_to_proto(one.refusal))
    return message.SerializeToString(deterministic=True)


def _decode_announced(body: bytes) -> model.AnnounceAnswer:
    message = pb.AnnounceAnswer.FromString(body)
    return model.AnnounceAnswer(held=_mark_from_proto(message.held), refusal=refusal_from_proto(message.refusal))


def _encode_pull(one: model.Pull) -> bytes:
    message = pb.PullRequest(held=_mark_to_proto(one.held), until=one.until, after=_key_to_proto(one.after))
    return message.SerializeToString(deterministic=True)


def _decode_pull(body: bytes) -> model.Pull:
    message = pb.PullRequest.FromString(body)
    return model.Pull(
        held=_mark_from_proto(message.held), until=number(message.until), after=_key_from_proto(message.after)
    )


def _encode_pulled(one: model.PullAnswer) -> bytes:
    return pb.PullAnswer(
        newest=_mark_to_proto(one.newest),
        head=_head_to_proto(one.head),
        delta=_delta_to_proto(one.delta),
        next=_key_to_proto(one.next),
    ).SerializeToString(deterministic=True)


def _decode_pulled(body: bytes) -> model.PullAnswer:
    message = pb.PullAnswer.FromString(body)
    return model.PullAnswer(
        newest=_mark_from_proto(message.newest),
        head=_head_from_proto(message.head) if message.HasField("head") else None,
        delta=_delta_from_proto(message.delta) if message.HasField("delta") else None,
        next=_key_from_proto(message.next),
    )


def _encode_acknowledge(one: model.Acknowledge) -> bytes:
    return pb.AcknowledgeRequest(
        head=_mark_to_proto(one.head),
        received_ms=to_ms(one.received_at),
        refusal=refusal_to_proto(one.refusal),
    ).SerializeToString(deterministic=True)


def _decode_acknowledge(body: bytes) -> model.Acknowledge:
    message = pb.AcknowledgeRequest.FromString(body)
    return model.Acknowledge(
        head=_mark_from_proto(message.head),
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
