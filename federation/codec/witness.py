"""Codec of the messages of cosigning (witness.proto), which travel over the service `Evidence`."""

from certmesh.v1 import witness_pb2 as pb

from federation.codec._values import Kinds, digest, number, text
from federation.codec.evidence import MAX_CONSISTENCY, note
from federation.model import witness as model
from trust.fork import MAX_EXHIBIT_BYTES


def _encode_add(one: model.AddCheckpointRequest) -> bytes:
    fits = [pb.Fit(size=each.size, proof=each.proof) for each in one.fits]
    return pb.AddCheckpointRequest(note=one.note, fits=fits).SerializeToString(deterministic=True)


def _decode_add(body: bytes) -> model.AddCheckpointRequest:
    message = pb.AddCheckpointRequest.FromString(body)
    if len(message.fits) > model.MAX_FITS or any(len(each.proof) > MAX_CONSISTENCY for each in message.fits):
        raise ValueError("more proofs or hashes than a log can have")
    fits = tuple(
        model.Fit(size=number(each.size), proof=tuple(digest(step) for step in each.proof)) for each in message.fits
    )
    return model.AddCheckpointRequest(note=note(message.note), fits=fits)


def _encode_added(one: model.AddCheckpointAnswer) -> bytes:
    return pb.AddCheckpointAnswer(cosignature=one.cosignature, held=one.held).SerializeToString(deterministic=True)


def _decode_added(body: bytes) -> model.AddCheckpointAnswer:
    message = pb.AddCheckpointAnswer.FromString(body)
    if len(message.held) > model.MAX_HELD or (message.cosignature and message.held):
        raise ValueError("a cosignature, or a few notes")
    return model.AddCheckpointAnswer(
        cosignature=text(message.cosignature), held=tuple(note(each) for each in message.held)
    )


def _encode_accuse(one: model.AccuseRequest) -> bytes:
    return pb.AccuseRequest(exhibit=one.exhibit).SerializeToString(deterministic=True)


def _decode_accuse(body: bytes) -> model.AccuseRequest:
    exhibit = pb.AccuseRequest.FromString(body).exhibit
    if not 0 < len(exhibit) <= MAX_EXHIBIT_BYTES:
        raise ValueError(f"an exhibit has at most {MAX_EXHIBIT_BYTES} bytes")
    return model.AccuseRequest(exhibit=exhibit)


def _encode_accused(one: model.AccuseAnswer) -> bytes:
    return pb.AccuseAnswer(proven=one.proven).SerializeToString(deterministic=True)


def _decode_accused(body: bytes) -> model.AccuseAnswer:
    return model.AccuseAnswer(proven=pb.AccuseAnswer.FromString(body).proven)


KINDS: Kinds = {
    "AddCheckpointRequest": (model.AddCheckpointRequest, _encode_add, _decode_add),
    "AddCheckpointAnswer": (model.AddCheckpointAnswer, _encode_added, _decode_added),
    "AccuseRequest": (model.AccuseRequest, _encode_accuse, _decode_accuse),
    "AccuseAnswer": (model.AccuseAnswer, _encode_accused, _decode_accused),
}
