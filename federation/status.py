"""Refusals as gRPC status: google.rpc.Status with ErrorInfo (and RetryInfo for load), both ways. DESIGN §9, https://google.aip.dev/193."""

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from federation.model.refusal import Reason, Refusal, from_word

DOMAIN = "certmesh"

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
    Reason.OVERLOADED: code_pb2.RESOURCE_EXHAUSTED,
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
    Reason.INTERNAL: code_pb2.INTERNAL,
}


def to_status(refusal: Refusal, retry_after_s: float | None = None) -> grpc.Status:
    """The status to abort a call with."""
    info = error_details_pb2.ErrorInfo(
        reason=refusal.reason.value,
        domain=DOMAIN,
        metadata={"owner": refusal.owner.value, "detail": refusal.detail, "nextStep": refusal.next_step},
    )
    details = [_any(info)]
    if retry_after_s is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromMilliseconds(round(retry_after_s * 1000))
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
        return Refusal(reason=Reason.PEER_UNREACHABLE)
    info = _error_info(error)
    if info is None and error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return Refusal(reason=Reason.OVERLOADED)  # gRPC's own limit
    if info is None:
        return Refusal(reason=Reason.PEER_ERROR, detail=error.code().name)
    return from_word(info.reason, info.metadata["detail"][:200])


def _error_info(error: grpc.aio.AioRpcError) -> error_details_pb2.ErrorInfo | None:
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin" or not isinstance(value, bytes):
            continue
        try:
            return _first_info(status_pb2.Status.FromString(value))
        except DecodeError:
            return None
    return None


def _first_info(status: status_pb2.Status) -> error_details_pb2.ErrorInfo | None:
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Is(info.DESCRIPTOR) and detail.Unpack(info) and info.domain == DOMAIN:
            return info
    return None
