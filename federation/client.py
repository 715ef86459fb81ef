"""Calls to peers over gRPC: bytes out, verified answers in, every failure a `PeerError`. Implements `ports.Peers`."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import grpc

from federation.channels import Channels
from federation.clocks import Clocks
from federation.codec.retrieval import read_frame
from federation.errors import CodecError, PeerError
from federation.methods import FILE, Method
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import BATCH_CHUNKS, Chunk, FileHead
from federation.peers import PATIENCE_S, Peers
from federation.ports import Draft, Reply
from federation.post import Post
from federation.status import from_error
from trust.errors import ClockSkewError, EnvelopeError

Observe = Callable[[str, str, str], None]
_OURS = frozenset({Reason.PEER_TIMEOUT, Reason.PEER_UNREACHABLE})  # said here of a peer that said nothing
Weigh = Callable[[str, str, int, int], None]


def _ignore(_peer: str, _method: str, _outcome: str) -> None:
    """Observe nothing."""


def _weigh_nothing(_peer: str, _method: str, _sent: int, _received: int) -> None:
    """Weigh nothing."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Client:
    """Talks to every peer over one channel each."""

    def __init__(
        self,
        channels: Channels,
        post: Post,
        peers: Peers,
        *,
        observe: Observe = _ignore,
        weigh: Weigh = _weigh_nothing,
        clocks: Clocks | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """`observe` is told (peer, method path, outcome word) after each call; `clocks` learns from each answer's stamp.

        `weigh` is told (peer, method path, bytes sent, bytes received) of each unary call: envelopes, without what gRPC and TLS put around.
        """
        self._channels = channels
        self._post = post
        self._peers = peers
        self._observe = observe
        self._weigh = weigh
        self._clocks = Clocks() if clocks is None else clocks
        self._clock = clock

    async def ask(self, province: str, method: Method, draft: Draft, envelope: bytes, timeout_s: float) -> Reply[Any]:
        """Send a signed request and return the verified answer.

        Raises:
            PeerError: silence, no connection, the peer's refusal, or an answer that must not be believed.
        """
        self._check_sealed(province, method)
        sent, data, start = self._clock(), b"", time.monotonic()
        try:
            with self._channels.using(province) as link:
                call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = link.channel.unary_unary(method.full_path)
                data = await link.watch(call(envelope, timeout=timeout_s))
            reply = self._post.open_answer(data, kind=method.answer, sender=province, request=draft)
        except (grpc.aio.AioRpcError, CodecError, EnvelopeError) as error:
            self._note_skew(province, sent, error)
            raise self._failed(province, method, error, waited_s=time.monotonic() - start) from error
        finally:
            self._weigh(province, method.path, len(envelope), len(data))
        self._succeeded(province, method)
        if reply.issued_at is not None:
            self._clocks.note(province, sent=sent, stamped=reply.issued_at, received=self._clock())
        return reply

    def _check_sealed(self, province: str, method: Method) -> None:
        """Send nothing to a peer that nothing may be sealed to; that is no sign of its health.

        Raises:
            PeerError: its encryption certificate is revoked, or nobody here can know.
        """
        reason, detail = self._post.against(province)
        if reason:
            self._observe(province, method.path, reason)
            raise PeerError(Refusal(reason=Reason(reason), detail=detail))

    def _note_skew(self, province: str, sent: datetime, error: Exception) -> None:
        """An answer that was refused for its clock measures that clock best of all."""
        if isinstance(error, ClockSkewError):
            self._clocks.note(province, sent=sent, stamped=error.stamped, received=error.now)

    async def fetch(
        self, province: str, draft: Draft, envelope: bytes, timeout_s: float
    ) -> AsyncGenerator[Reply[FileHead] | Sequence[Chunk], None]:
        """Send a signed FileRequest; yields one Reply[FileHead], then batches of sealed chunks of up to 1 MiB.

        `timeout_s` bounds the whole stream.

        Raises:
            PeerError: as for `ask`, also in mid-stream.
        """
        self._check_sealed(province, FILE)
        start, spoke = time.monotonic(), False
        with self._channels.using(province) as link:
            call: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = link.channel.unary_stream(FILE.full_path)
            stream = link.watch(call(envelope, timeout=timeout_s))
            try:
                frames = stream.__aiter__()
                head = self._head(await anext(frames, b""), province, draft)
                spoke = True
                yield head
                batch: list[Chunk] = []
                async for frame in frames:
                    batch.append(_chunk(frame))
                    if len(batch) == BATCH_CHUNKS:
                        yield batch
                        batch = []
                if batch:
                    yield batch
            except (grpc.aio.AioRpcError, CodecError, EnvelopeError) as error:
                waited_s = 0.0 if spoke else time.monotonic() - start
                raise self._failed(province, FILE, error, waited_s=waited_s) from error
            finally:
                stream.cancel()
        self._succeeded(province, FILE)

    def _head(self, frame: bytes, province: str, draft: Draft) -> Reply[FileHead]:
        envelope = read_frame(frame)
        if isinstance(envelope, Chunk):
            raise CodecError("a file stream that begins with a chunk")
        return self._post.open_answer(envelope, kind=FILE.answer, sender=province, request=draft)

    def _succeeded(self, province: str, method: Method) -> None:
        self._peers.alive(province)
        self._observe(province, method.path, "OK")

    def _failed(self, province: str, method: Method, error: Exception, *, waited_s: float) -> PeerError:
        """Translate, remember and count a failure that came after so many seconds without a word."""
        refusal = _refusal_of(error)
        if refusal.reason not in _OURS and isinstance(error, grpc.aio.AioRpcError):
            refusal = replace(refusal, by=province)
        if refusal.reason is Reason.PEER_TIMEOUT or (
            refusal.reason is Reason.PEER_UNREACHABLE and waited_s >= PATIENCE_S
        ):
            self._peers.silent(province, waited_s)
        elif refusal.reason is Reason.PEER_UNREACHABLE:
            self._peers.failed(province)
        else:  # it spoke, if not as we wished: a sign of life
            self._peers.alive(province)
        self._observe(province, method.path, refusal.reason.value)
        return PeerError(refusal)


def _chunk(frame: bytes) -> Chunk:
    chunk = read_frame(frame)
    if isinstance(chunk, bytes):
        raise CodecError("a second head in a file stream")
    return chunk


def _refusal_of(error: Exception) -> Refusal:
    if isinstance(error, grpc.aio.AioRpcError):
        return from_error(error)
    if isinstance(error, EnvelopeError):
        return Refusal(reason=Reason(error.reason), detail=error.detail)
    return Refusal(reason=Reason.PEER_ERROR, detail=str(error)[:200])
