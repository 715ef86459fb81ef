"""Codec of the noun `holder`."""

from certmesh.v1 import holder_pb2 as pb

from federation.codec._values import Kinds, from_ms, refusal_from_proto, refusal_to_proto, text, to_ms
from federation.codec.application import holder_from_proto, holder_to_proto
from federation.model.holder import HolderCheck, HolderChecked


def _encode_request(one: HolderCheck) -> bytes:
    message = pb.HolderCheckRequest(holder=holder_to_proto(one.holder), app_id=one.app_id)
    return message.SerializeToString(deterministic=True)


def _decode_request(body: bytes) -> HolderCheck:
    message = pb.HolderCheckRequest.FromString(body)
    return HolderCheck(holder=holder_from_proto(message.holder), app_id=text(message.app_id))


def _encode_answer(one: HolderChecked) -> bytes:
    message = pb.HolderCheckAnswer(
        handle=one.handle, expires_ms=to_ms(one.expires_at), refusal=refusal_to_proto(one.refusal)
    )
    return message.SerializeToString(deterministic=True)


def _decode_answer(body: bytes) -> HolderChecked:
    message = pb.HolderCheckAnswer.FromString(body)
    return HolderChecked(
        handle=text(message.handle),
        expires_at=from_ms(message.expires_ms),
        refusal=refusal_from_proto(message.refusal),
    )


KINDS: Kinds = {
    "HolderCheckRequest": (HolderCheck, _encode_request, _decode_request),
    "HolderCheckAnswer": (HolderChecked, _encode_answer, _decode_answer),
}
