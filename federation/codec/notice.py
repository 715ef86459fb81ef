"""Codec of the noun `notice`. The event itself is JSON (`federation.model.notice`)."""

from certmesh.v1 import notice_pb2 as pb

from federation.codec._values import Kinds, number, text
from federation.model.notice import MAX_EVENT_BYTES, NoticeAnswer, NoticeRequest
from trust.signed_event import MAX_CERTIFICATE_BYTES, SIGNATURE_BYTES


def _encode_request(one: NoticeRequest) -> bytes:
    message = pb.NoticeRequest(event=one.event, certificate=one.certificate, signature=one.signature)
    return message.SerializeToString(deterministic=True)


def _decode_request(body: bytes) -> NoticeRequest:
    message = pb.NoticeRequest.FromString(body)
    if len(message.event) > MAX_EVENT_BYTES:
        raise ValueError("an event larger than 16 KiB")
    if len(message.certificate) > MAX_CERTIFICATE_BYTES or len(message.signature) > SIGNATURE_BYTES:
        raise ValueError("a certificate larger than 4 KiB, or a signature larger than 64 bytes")
    return NoticeRequest(event=message.event, certificate=message.certificate, signature=message.signature)


def _encode_answer(one: NoticeAnswer) -> bytes:
    return pb.NoticeAnswer(notice_id=one.notice_id, fresh=one.fresh, received_ms=one.received_ms).SerializeToString(
        deterministic=True
    )


def _decode_answer(body: bytes) -> NoticeAnswer:
    message = pb.NoticeAnswer.FromString(body)
    return NoticeAnswer(notice_id=text(message.notice_id), fresh=message.fresh, received_ms=number(message.received_ms))


KINDS: Kinds = {
    "NoticeRequest": (NoticeRequest, _encode_request, _decode_request),
    "NoticeAnswer": (NoticeAnswer, _encode_answer, _decode_answer),
}
