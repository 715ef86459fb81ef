"""What every inbound call has in common: who is calling, is the message to be believed, one log line, refusals as gRPC status."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, TypeAlias

import grpc
import structlog

from federation.directory import Directory
from federation.errors import CodecError
from federation.gate import Gate
from federation.methods import Method
from federation.model.refusal import Reason, Refusal
from federation.peers import Peers, Work
from federation.ports import Bar, Incoming, OpenBar
from federation.post import Post, claimed
from federation.status import to_status
from node.errors import RefusedError, refused
from node.metrics import Metrics
from node.ports.store import SigningRefusedError, SigningWaitsError, StoreError
from node.usecases.exchange import Answered, Exchange
from node.usecases.explain.mishaps import Door, Mishap, Mishaps
from trust.errors import CustodyError, EnvelopeError
from trust.tls import tls_pin

# Written as texts: the stubs are generic, the classes at run time are not.
Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"
RpcHandler: TypeAlias = "grpc.RpcMethodHandler[bytes, bytes]"
Handler = Callable[[Incoming[Any]], Awaitable[Answered]]


class Batches(Protocol):
    """Raw frames, a batch at a time; closed when the call is over, also where none was taken."""

    def __aiter__(self) -> AsyncIterator[list[bytes]]: ...

    def aclose(self) -> Awaitable[None]:
        """No more is taken."""


StreamHandler = Callable[[Incoming[Any]], Awaitable[tuple[Answered, Batches]]]

RETRY_AFTER_S = 1
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Call:
    """One call in flight: what its log line will say."""

    method: Method
    start: float
    peer: str = ""
    certificate: bytes = b""
    exchange_id: str = ""
    digest: str = ""
    code: int = 0
    reason: str = ""
    error: str = ""


class Edge:
    """Turns use-cases into gRPC handlers."""

    def __init__(
        self,
        *,
        post: Post,
        directory: Directory,
        gate: Gate,
        peers: Peers,
        exchange: Exchange,
        metrics: Metrics,
        mishaps: Mishaps | None = None,
        bar: Bar | None = None,
    ) -> None:
        """Believe what `post` verifies, from the members of `directory`, while `gate` is open; `bar` keeps stopped ones out.

        `mishaps` is told of calls that ended without an answer.
        """
        self._post = post
        self._directory = directory
        self._gate = gate
        self._peers = peers
        self._exchange = exchange
        self._metrics = metrics
        self._mishaps = mishaps
        self._bar = bar or OpenBar()
        self._pins: dict[bytes, str] = {}
        self._pins_of = 0  # the membership version that `_pins` was filled by

    def unary(self, method: Method, handle: Handler) -> RpcHandler:
        """A handler for one envelope in, one out."""

        async def serve(request: bytes, context: Context) -> bytes:
            call = _Call(method=method, start=time.monotonic())
            try:
                incoming = await self._open(call, request, context)
                answered = await handle(incoming)
                self._note_refusal(call, answered)
                return await self._finished(call, answered)
            except (RefusedError, StoreError, CustodyError) as error:
                await self._abort(call, context, error)
            except Exception as error:  # noqa: BLE001 - grpc would send its words to the peer
                _log.error("rpc.failed", method=method.path, exc_info=error)
                call.error = type(error).__name__
                await self._abort(call, context, RefusedError(Reason.INTERNAL))
            finally:
                self._finish(call)

        return grpc.unary_unary_rpc_method_handler(serve)

    def stream(self, method: Method, handle: StreamHandler, head_frame: Callable[[bytes], bytes]) -> RpcHandler:
        """A handler for one envelope in, and a signed head with raw frames behind it out."""

        async def serve(request: bytes, context: Context) -> AsyncIterator[bytes]:
            call = _Call(method=method, start=time.monotonic())
            try:
                incoming = await self._open(call, request, context)
                answered, batches = await handle(incoming)
                self._note_refusal(call, answered)
                async with aclosing(batches):
                    yield head_frame(await self._finished(call, answered))
                    async for batch in batches:
                        for frame in batch:
                            self._check_member(call)
                            yield frame
            except (RefusedError, StoreError, CustodyError) as error:
                await self._abort(call, context, error)
            except Exception as error:  # noqa: BLE001 - grpc would send its words to the peer
                _log.error("rpc.failed", method=method.path, exc_info=error)
                call.error = type(error).__name__
                await self._abort(call, context, RefusedError(Reason.INTERNAL))
            finally:
                self._finish(call)

        return grpc.unary_stream_rpc_method_handler(serve)

    async def _open(self, call: _Call, request: bytes, context: Context) -> Incoming[Any]:
        """The verified request.

        Raises:
            RefusedError: not a member, or a message that must not be believed; the latter is put on record.
        """
        call.peer = self._caller(call, context)
        if (closed := self._gate.closed(call.method, call.peer)) is not None:
            await self._refuse(call, request, closed)
            raise refused(closed)
        try:
            incoming = self._post.open_request(request, kind=call.method.request, sender=call.peer)
        except CodecError as error:
            refusal = Refusal(reason=Reason.BAD_PARAMETER, detail=str(error)[:200])
            await self._refuse(call, request, refusal)
            raise refused(refusal) from error
        except EnvelopeError as error:
            refusal = Refusal(reason=Reason(error.reason), detail=error.detail)
            self._peers.wake(
                call.peer, Work.MEMBERSHIP
            )  # perhaps it signs with a key that a version unknown here lists
            await self._refuse(call, request, refusal)
            raise refused(refusal) from error
        call.exchange_id, call.digest = incoming.exchange_id, incoming.digest
        self._peers.heard(call.peer)
        return incoming

    async def _refuse(self, call: _Call, request: bytes, refusal: Refusal) -> None:
        """Put on record that a member's message is not believed, under the digest and the exchange by which the sender knows it."""
        call.digest, call.exchange_id = claimed(request)
        await self._exchange.refuse(call.peer, call.method.path, call.digest, refusal, call.exchange_id)

    def _caller(self, call: _Call, context: Context) -> str:
        """The province of this connection, by the TLS key it showed; remembered per certificate.

        Raises:
            RefusedError: the key belongs to no member, or is stopped.
        """
        certificates = context.auth_context().get("x509_pem_cert", ())
        call.certificate = next(iter(certificates), b"")
        return self._province(call.certificate)

    def _province(self, certificate: bytes) -> str:
        if self._pins_of != self._directory.version:
            self._pins, self._pins_of = {}, self._directory.version
        province = self._pins.get(certificate)
        if province is None:
            province = self._directory.province_of_pin(tls_pin(certificate)) if certificate else None
            if province is None or province == self._post.province:
                raise RefusedError(Reason.NOT_A_MEMBER, "the TLS key of this connection")
            self._pins[certificate] = province
        refusal = self._bar.channel(province, certificate)
        if refusal is not None:
            raise refused(refusal)
        return province

    async def _finished(self, call: _Call, answered: Answered) -> bytes:
        """The answer as it travels, for who is still a member now.

        Raises:
            RefusedError: as `_check_member`.
        """
        envelope = await self._post.finish(answered.draft)
        self._check_member(call)
        return envelope

    def _check_member(self, call: _Call) -> None:
        """Nothing more goes to a connection whose key is no member's any longer, whatever was decided before.

        Raises:
            RefusedError: the membership changed while the call ran.
        """
        if self._pins_of != self._directory.version or call.certificate not in self._pins:
            self._province(call.certificate)

    def _note_refusal(self, call: _Call, answered: Answered) -> None:
        """A business refusal travels inside a signed answer; the log line names it."""
        refusal = getattr(answered.message, "refusal", None)
        if isinstance(refusal, Refusal):
            call.code, call.reason = refusal.code, refusal.reason.value

    async def _abort(self, call: _Call, context: Context, error: RefusedError | StoreError | CustodyError) -> NoReturn:
        """End the call with google.rpc.Status."""
        if isinstance(error, RefusedError):
            refusal = error.refusal
        elif isinstance(
            error, CustodyError
        ):  # whoever keeps our keys; what was decided stays decided, so a retry is served
            _log.error("keys.keeper_failed", reason=error.reason, detail=error.detail)
            refusal = _busy("this node cannot sign now")
        elif isinstance(error, SigningWaitsError):
            refusal = _busy("this node has just started")
        elif isinstance(error, SigningRefusedError):
            refusal = Refusal(reason=Reason.LOG_LOST)
        else:
            refusal = _busy("the store cannot take it now")
        call.code, call.reason = refusal.code, refusal.reason.value
        self._remember(call, refusal.reason, error)
        await context.abort_with_status(to_status(refusal))
        raise AssertionError  # abort_with_status does not return

    def _remember(self, call: _Call, reason: Reason, error: Exception) -> None:
        """Keep in memory what no entry may say: strangers, and what failed here."""
        if self._mishaps is None:
            return
        word = call.error or ("" if isinstance(error, RefusedError) else type(error).__name__)
        self._mishaps.note(
            Mishap(
                door=Door.GRPC,
                what=call.method.path,
                reason=reason,
                exchange_id=call.exchange_id,
                peer=call.peer,
                digest=call.digest,
                error=word,
            )
        )

    def _finish(self, call: _Call) -> None:
        """One line and one count per call."""
        elapsed = time.monotonic() - call.start
        self._metrics.request("grpc", call.method.path, str(call.code), elapsed)
        _log.info(
            "rpc.answered",
            method=call.method.path,
            peer=call.peer,
            exchange_id=call.exchange_id,
            code=call.code,
            reason=call.reason,
            elapsed_ms=round(elapsed * 1000, 1),
            **({"digest": call.digest} if call.code and call.digest else {}),
        )


def _busy(detail: str) -> Refusal:
    """What holds this node up is its own matter, and soon over."""
    return Refusal(reason=Reason.OVERLOADED, detail=detail, retry_after_s=RETRY_AFTER_S)
