"""Refusals as gRPC status: google.rpc.Status with ErrorInfo (and RetryInfo where it says when to come back), both ways. DESIGN §9, https://google.aip.dev/193."""

from collections.abc import Sequence

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from federation.model.refusal import UNTRUSTED_CHANNEL, Reason, Refusal, from_word

DOMAIN = "certmesh"
_NOT_TRUSTED = "CERTIFICATE_VERIFY_FAILED"  # the word of BoringSSL, in gRPC's own sentence

_CODES: dict[Reason, int] = {
    Reason.NOT_AUTHORISED: code_pb2.UNAUTHENTICATED,
    Reason.NOT_A_MEMBER: code_pb2.PERMISSION_DENIED,
    Reason.MEMBERSHIP_EXPIRED: code_pb2.FAILED_PRECONDITION,
    Reason.SIGNATURE_INVALID: code_pb2.UNAUTHENTICATED,
    Reason.CERTIFICATE_REVOKED: code_pb2.UNAUTHENTICATED,
    Reason.REVOCATION_STALE: code_pb2.FAILED_PRECONDITION,
    Reason.CLOCK_SKEW: code_pb2.FAILED_PRECONDITION,
    Reason.REPLAYED: code_pb2.ABORTED,
    Reason.VERSION_CONFLICT: code_pb2.ABORTED,
    Reason.LOG_FORKED: code_pb2.DATA_LOSS,
    Reason.LOG_LOST: code_pb2.DATA_LOSS,
    Reason.OVERLOADED: code_pb2.RESOURCE_EXHAUSTED,
    Reason.LIMIT_REACHED: code_pb2.RESOURCE_EXHAUSTED,
    Reason.KEY_STOPPED: code_pb2.PERMISSION_DENIED,
    Reason.PEER_STOPPED: code_pb2.PERMISSION_DENIED,
    **dict.fromkeys(
        (
            Reason.TYPE_STOPPED,
            Reason.LINE_STOPPED,
            Reason.UNIT_STOPPED,
            Reason.APPLICATION_STOPPED,
            Reason.OPERATOR_STOPPED,
        ),
        code_pb2.FAILED_PRECONDITION,
    ),
    Reason.NOT_PROVEN: code_pb2.FAILED_PRECONDITION,
    Reason.INTERNAL: code_pb2.INTERNAL,
}


def to_status(refusal: Refusal) -> grpc.Status:
    """The status to abort a call with."""
    info = error_details_pb2.ErrorInfo(
        reason=refusal.reason.value,
        domain=DOMAIN,
        metadata={"owner": refusal.owner.value, "detail": refusal.detail, "nextStep": refusal.next_step},
    )
    details = [_any(info)]
    if refusal.retry_after_s:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromSeconds(refusal.retry_after_s)
        details.append(_any(retry))
    code = _CODES.get(refusal.reason, code_pb2.INVALID_ARGUMENT)
    status: grpc.Status = rpc_status.to_status(status_pb2.Status(code=code, message=refusal.next_step, details=details))
    return status


def _any(message: error_details_pb2.ErrorInfo | error_details_pb2.RetryInfo) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


def from_error(error: grpc.aio.AioRpcError) -> Refusal:
    """What a failed call means for the caller: silence, no connection, or the peer's own word."""
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        return Refusal(reason=Reason.PEER_TIMEOUT)
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        strange = _NOT_TRUSTED in (error.details() or "")
        return Refusal(reason=Reason.PEER_UNREACHABLE, detail=UNTRUSTED_CHANNEL if strange else "")
    details = _details(error)
    info = _first_info(details)
    if info is None and error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return Refusal(reason=Reason.OVERLOADED)  # gRPC's own limit
    if info is None:
        return Refusal(reason=Reason.PEER_ERROR, detail=error.code().name)
    return from_word(info.reason, info.metadata["detail"][:200], _retry_after_s(details))


def _details(error: grpc.aio.AioRpcError) -> Sequence[any_pb2.Any]:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            try:
                return tuple(status_pb2.Status.FromString(value).details)
            except DecodeError:
                return ()
    return ()


def _first_info(details: Sequence[any_pb2.Any]) -> error_details_pb2.ErrorInfo | None:
    for detail in details:
        info = error_details_pb2.ErrorInfo()
        if _unpacked(detail, info) and info.domain == DOMAIN:
            return info
    return None


def _retry_after_s(details: Sequence[any_pb2.Any]) -> int:
    for detail in details:
        retry = error_details_pb2.RetryInfo()
        if _unpacked(detail, retry):
            seconds: int = retry.retry_delay.seconds + (retry.retry_delay.nanos > 0)
            return seconds
    return 0


def _unpacked(detail: any_pb2.Any, message: error_details_pb2.ErrorInfo | error_details_pb2.RetryInfo) -> bool:
    """Whether the detail is such a message and was read; one that does not parse is passed over."""
    try:
        return detail.Is(message.DESCRIPTOR) and detail.Unpack(message)
    except DecodeError:
        return False
