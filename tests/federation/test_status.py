"""federation.status: a refusal survives its way through gRPC, and hostile details do no harm."""

from typing import Any

import grpc
import pytest
from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

from federation.model.refusal import MAX_RETRY_S, Reason, Refusal
from federation.status import from_error, to_status

DETAILS = "grpc-status-details-bin"


def error(code: grpc.StatusCode, *metadata: tuple[str, str | bytes], details: str = "") -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(*metadata), details=details)


def received(status: grpc.Status) -> grpc.aio.AioRpcError:
    return error(status.code, *status.trailing_metadata)


def details(status: grpc.Status) -> status_pb2.Status:
    (value,) = [value for key, value in status.trailing_metadata if key == DETAILS]
    return status_pb2.Status.FromString(value)


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_arrives_as_it_was_sent(reason: Reason) -> None:
    refusal = Refusal(reason=reason, detail="清单第 3 行", retry_after_s=90)

    assert from_error(received(to_status(refusal))) == refusal


@pytest.mark.parametrize("reason", Reason)
def test_no_refusal_looks_like_silence_or_a_broken_connection(reason: Reason) -> None:
    code = to_status(Refusal(reason=reason)).code

    assert code not in {grpc.StatusCode.OK, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE}


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.NOT_A_MEMBER, grpc.StatusCode.PERMISSION_DENIED),
        (Reason.SIGNATURE_INVALID, grpc.StatusCode.UNAUTHENTICATED),
        (Reason.OVERLOADED, grpc.StatusCode.RESOURCE_EXHAUSTED),
        (Reason.LIMIT_REACHED, grpc.StatusCode.RESOURCE_EXHAUSTED),
        (Reason.REPLAYED, grpc.StatusCode.ABORTED),
        (Reason.PEER_STOPPED, grpc.StatusCode.PERMISSION_DENIED),
        (Reason.KEY_STOPPED, grpc.StatusCode.PERMISSION_DENIED),
        (Reason.LINE_STOPPED, grpc.StatusCode.FAILED_PRECONDITION),
        (Reason.BAD_PARAMETER, grpc.StatusCode.INVALID_ARGUMENT),
        (Reason.INTERNAL, grpc.StatusCode.INTERNAL),
    ],
)
def test_a_reason_has_its_status_code(reason: Reason, code: grpc.StatusCode) -> None:
    assert to_status(Refusal(reason=reason)).code is code


@pytest.mark.parametrize("reason", [Reason.OVERLOADED, Reason.LIMIT_REACHED])
def test_a_refusal_says_when_to_come_back(reason: Reason) -> None:
    _, packed = details(to_status(Refusal(reason=reason, retry_after_s=90))).details
    retry = error_details_pb2.RetryInfo()

    assert packed.Unpack(retry)
    assert retry.retry_delay.ToMilliseconds() == 90_000


def test_other_refusals_carry_owner_and_next_step_alone() -> None:
    (packed,) = details(to_status(Refusal(reason=Reason.REPLAYED))).details
    info = error_details_pb2.ErrorInfo()

    assert packed.Unpack(info)
    assert (info.domain, info.reason, info.metadata["owner"]) == ("certmesh", "REPLAYED", "peer")
    assert info.metadata["nextStep"]


def _status(*more: any_pb2.Any, domain: str = "certmesh", reason: str = "REPLAYED", **metadata: str) -> bytes:
    packed = any_pb2.Any()
    packed.Pack(error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata=metadata))
    serialized: bytes = status_pb2.Status(code=code_pb2.ABORTED, details=[packed, *more]).SerializeToString()
    return serialized


def _retry(**delay: int) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(**delay)))
    return packed


BROKEN_RETRY = any_pb2.Any(type_url="type.googleapis.com/google.rpc.RetryInfo", value=b"\xff")


BROKEN_INFO = status_pb2.Status(
    details=[any_pb2.Any(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff")]
).SerializeToString()
ABORTED = grpc.StatusCode.ABORTED


@pytest.mark.parametrize(
    ("failed", "refusal"),
    [
        pytest.param(
            error(grpc.StatusCode.DEADLINE_EXCEEDED), Refusal(reason=Reason.PEER_TIMEOUT), id="the deadline is silence"
        ),
        pytest.param(error(grpc.StatusCode.UNAVAILABLE), Refusal(reason=Reason.PEER_UNREACHABLE), id="no connection"),
        pytest.param(
            error(grpc.StatusCode.UNIMPLEMENTED),
            Refusal(reason=Reason.PEER_ERROR, detail="UNIMPLEMENTED"),
            id="a status without details is an error of the peer",
        ),
        pytest.param(
            error(ABORTED, (DETAILS, b"\xff\xff")),
            Refusal(reason=Reason.PEER_ERROR, detail="ABORTED"),
            id="details that are no Status are passed over",
        ),
        pytest.param(
            error(ABORTED, (DETAILS, BROKEN_INFO)),
            Refusal(reason=Reason.PEER_ERROR, detail="ABORTED"),
            id="an ErrorInfo that does not parse is passed over",
        ),
        pytest.param(
            error(ABORTED, (DETAILS, _status(domain="example.org"))),
            Refusal(reason=Reason.PEER_ERROR, detail="ABORTED"),
            id="an ErrorInfo of another domain is passed over",
        ),
        pytest.param(
            error(ABORTED, (DETAILS, _status(detail="d" * 300))),
            Refusal(reason=Reason.REPLAYED, detail="d" * 200),
            id="a long detail is cut",
        ),
        pytest.param(
            error(ABORTED, (DETAILS, _status())), Refusal(reason=Reason.REPLAYED), id="a missing detail is none"
        ),
        pytest.param(
            error(ABORTED, (DETAILS, _status(reason="X" * 300, detail="d"))),
            Refusal(reason=Reason.PEER_ERROR, detail="X" * 64 + ": d"),
            id="an unknown reason is an error of the peer, and cut",
        ),
        pytest.param(
            error(ABORTED, (DETAILS, _status(_retry(seconds=2, nanos=1)))),
            Refusal(reason=Reason.REPLAYED, retry_after_s=3),
            id="a part of a second is waited out",
        ),
        pytest.param(
            error(ABORTED, (DETAILS, _status(_retry(seconds=10**9)))),
            Refusal(reason=Reason.REPLAYED, retry_after_s=MAX_RETRY_S),
            id="nobody is sent away for longer than a day",
        ),
        pytest.param(
            error(ABORTED, (DETAILS, _status(_retry(seconds=-5)))),
            Refusal(reason=Reason.REPLAYED),
            id="a time in the past is none",
        ),
        pytest.param(
            error(ABORTED, (DETAILS, _status(BROKEN_RETRY))),
            Refusal(reason=Reason.REPLAYED),
            id="a RetryInfo that does not parse is passed over",
        ),
    ],
)
def test_what_a_failed_call_means(failed: Any, refusal: Refusal) -> None:
    assert from_error(failed) == refusal
