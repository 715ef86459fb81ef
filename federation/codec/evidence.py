"""Codec of the noun `evidence`."""

from certmesh.v1 import evidence_pb2 as pb

from federation.codec._values import Kinds, digest, number, text
from federation.model import evidence as model
from trust.checkpoint import MAX_NOTE_BYTES
from trust.tiles import MAX_TILE_BYTES

MAX_PROVEN = 1000
MAX_PROOF = 64  # hashes; a tree of 2^64 entries
MAX_CONSISTENCY = 2 * MAX_PROOF


def note(said: str) -> str:
    """A note, which with many cosignatures is longer than other texts.

    Raises:
        ValueError: longer than a note can be.
    """
    return text(said, MAX_NOTE_BYTES)


def _encode_checkpoint(_: model.CheckpointRequest) -> bytes:
    return pb.CheckpointRequest().SerializeToString()


def _decode_checkpoint(body: bytes) -> model.CheckpointRequest:
    pb.CheckpointRequest.FromString(body)
    return model.CheckpointRequest()


def _encode_checkpointed(one: model.CheckpointAnswer) -> bytes:
    return pb.CheckpointAnswer(note=one.note, witnessed=one.witnessed).SerializeToString(deterministic=True)


def _decode_checkpointed(body: bytes) -> model.CheckpointAnswer:
    message = pb.CheckpointAnswer.FromString(body)
    return model.CheckpointAnswer(note=text(message.note), witnessed=note(message.witnessed))


def _encode_prove(one: model.ProveRequest) -> bytes:
    return pb.ProveRequest(exchange_id=one.exchange_id).SerializeToString(deterministic=True)


def _decode_prove(body: bytes) -> model.ProveRequest:
    return model.ProveRequest(exchange_id=text(pb.ProveRequest.FromString(body).exchange_id))


def _encode_proven(one: model.ProveAnswer) -> bytes:
    entries = [pb.ProvenEntry(index=each.index, entry=each.entry, proof=each.proof) for each in one.entries]
    return pb.ProveAnswer(entries=entries, note=one.note).SerializeToString(deterministic=True)


def _decode_proven(body: bytes) -> model.ProveAnswer:
    message = pb.ProveAnswer.FromString(body)
    if len(message.entries) > MAX_PROVEN or any(len(each.proof) > MAX_PROOF for each in message.entries):
        raise ValueError("more entries or hashes than an exchange can have")
    entries = tuple(
        model.ProvenEntry(index=number(each.index), entry=each.entry, proof=tuple(digest(one) for one in each.proof))
        for each in message.entries
    )
    return model.ProveAnswer(entries=entries, note=note(message.note))


def _encode_tile_request(one: model.TileRequest) -> bytes:
    return pb.TileRequest(paths=one.paths).SerializeToString(deterministic=True)


def _decode_tile_request(body: bytes) -> model.TileRequest:
    message = pb.TileRequest.FromString(body)
    if not 0 < len(message.paths) <= model.MAX_TILES:
        raise ValueError(f"1 to {model.MAX_TILES} paths")
    return model.TileRequest(paths=tuple(text(one) for one in message.paths))


def _encode_tiles(one: model.TileAnswer) -> bytes:
    return pb.TileAnswer(tiles=one.tiles).SerializeToString(deterministic=True)


def _decode_tiles(body: bytes) -> model.TileAnswer:
    message = pb.TileAnswer.FromString(body)
    if len(message.tiles) > model.MAX_TILES or any(len(one) > MAX_TILE_BYTES for one in message.tiles):
        raise ValueError("more tiles than were asked for, or larger ones than there are")
    return model.TileAnswer(tiles=tuple(message.tiles))


def _encode_consistency(one: model.ConsistencyRequest) -> bytes:
    message = pb.ConsistencyRequest(old=one.old, new=one.new, whole=one.whole, others=one.others)
    return message.SerializeToString(deterministic=True)


def _decode_consistency(body: bytes) -> model.ConsistencyRequest:
    message = pb.ConsistencyRequest.FromString(body)
    if len(message.others) > model.MAX_OTHERS:
        raise ValueError(f"more than {model.MAX_OTHERS} further sizes")
    others = tuple(number(one) for one in message.others)
    old, new = number(message.old), number(message.new)
    return model.ConsistencyRequest(old=old, new=new, whole=message.whole, others=others)


def _encode_consistent(one: model.ConsistencyAnswer) -> bytes:
    others = [pb.ConsistencyPath(proof=each) for each in one.others]
    return pb.ConsistencyAnswer(proof=one.proof, others=others).SerializeToString(deterministic=True)


def _decode_consistent(body: bytes) -> model.ConsistencyAnswer:
    message = pb.ConsistencyAnswer.FromString(body)
    proofs = [message.proof, *(each.proof for each in message.others)]
    if len(message.others) > model.MAX_OTHERS or any(len(one) > MAX_CONSISTENCY for one in proofs):
        raise ValueError("more hashes than a log can have")
    proof, *others = (tuple(digest(step) for step in one) for one in proofs)
    return model.ConsistencyAnswer(proof=proof, others=tuple(others))


KINDS: Kinds = {
    "CheckpointRequest": (model.CheckpointRequest, _encode_checkpoint, _decode_checkpoint),
    "CheckpointAnswer": (model.CheckpointAnswer, _encode_checkpointed, _decode_checkpointed),
    "ProveRequest": (model.ProveRequest, _encode_prove, _decode_prove),
    "ProveAnswer": (model.ProveAnswer, _encode_proven, _decode_proven),
    "TileRequest": (model.TileRequest, _encode_tile_request, _decode_tile_request),
    "TileAnswer": (model.TileAnswer, _encode_tiles, _decode_tiles),
    "ConsistencyRequest": (model.ConsistencyRequest, _encode_consistency, _decode_consistency),
    "ConsistencyAnswer": (model.ConsistencyAnswer, _encode_consistent, _decode_consistent),
}
