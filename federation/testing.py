"""Fakes of the federation for tests, simulations and examples: identities in memory, and a mesh in one process with faults on command.

Product code, but no node runs it. The network keeps the rules of `ports.Peers`: real `Post` on both sides (SM2, sealing, header checks),
the frames of a file stream through the real codec, and failures as `client` and the gRPC edge make them (DESIGN §9). What it lacks is
TLS, gRPC and real distance.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from federation.codec.retrieval import chunk_frame, read_frame
from federation.errors import CodecError, PeerError
from federation.methods import (
    ACCUSE,
    ACKNOWLEDGE,
    ADD_CHECKPOINT,
    ANNOUNCE,
    CHAIN,
    CHECKPOINT,
    CONSISTENCY,
    DATA,
    FILE,
    HOLDER_CHECK,
    HOLDER_USES,
    NOTICE,
    OBJECTION,
    POKE,
    PROVE,
    PULL,
    PULL_ORDERS,
    PUSH_ORDERS,
    RECONCILE,
    SEARCH,
    SUBMIT,
    TILE,
    VERIFY,
    Method,
)
from federation.model.refusal import Reason, Refusal, from_word
from federation.model.retrieval import BATCH_CHUNKS, Chunk, FileHead
from federation.peers import Peers as Health
from federation.ports import Draft, Incoming, Peers, Recorded, Reply
from federation.post import Post
from trust.errors import EnvelopeError

METHODS: tuple[Method, ...] = (
    *(
        SUBMIT,
        SEARCH,
        DATA,
        FILE,
        HOLDER_CHECK,
        HOLDER_USES,
        VERIFY,
        NOTICE,
        OBJECTION,
        CHECKPOINT,
        PROVE,
        CONSISTENCY,
        TILE,
        ADD_CHECKPOINT,
        ACCUSE,
        RECONCILE,
        POKE,
        CHAIN,
        PUSH_ORDERS,
        PULL_ORDERS,
    ),
    *(*ANNOUNCE.values(), *PULL.values(), *ACKNOWLEDGE.values()),
)
"""Every call that provinces make on one another."""


Handler: TypeAlias = Callable[[Incoming[Any]], Awaitable[Any]]
"""Answers one method: an object with a `draft`. For FILE: that, and an async generator of batches of chunks (or their wire frames)."""


Refused: TypeAlias = Callable[[str, str, bytes, Refusal], Awaitable[None]]
"""Puts on record that a message was not believed: sender, path, the message, why."""


class Call(NamedTuple):
    """One call that was tried."""

    sender: str
    receiver: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Station:
    """One node on the network."""

    post: Post
    handlers: Mapping[str, Handler]
    health: Health | None
    refused: Refused | None


@dataclass(slots=True)
class _Faults:
    """What is wrong with one province at present."""

    down: bool = False
    silent: bool = False
    lost: int = 0
    tampered: int = 0
    break_after: int | None = None
    spoil_after: int | None = None


class _Wire:
    """What lies between the nodes: who has joined, what is wrong, which calls were made."""

    def __init__(self) -> None:
        """Start with no node and no fault."""
        self.calls: list[Call] = []
        self.stations: dict[str, _Station] = {}
        self.faults: defaultdict[str, _Faults] = defaultdict(_Faults)
        self.cuts: set[frozenset[str]] = set()

    async def call(self, sender: str, receiver: str, method: Method, envelope: bytes) -> Any:
        """What the receiver's handler answers.

        Raises:
            PeerError: no connection, or the receiver's refusal.
        """
        if receiver == sender:
            raise ValueError("a node does not call itself")
        self.calls.append(Call(sender, receiver, method.path))
        faults, station = self.faults[receiver], self.stations.get(receiver)
        cut = frozenset((sender, receiver)) in self.cuts
        if station is None or cut or faults.down or self.faults[sender].down:
            raise _peer_error(Reason.PEER_UNREACHABLE)
        if faults.silent:
            await asyncio.Event().wait()
        answer = await _handled(station, sender, method, envelope)
        if faults.lost > 0:
            faults.lost -= 1
            raise _peer_error(Reason.PEER_UNREACHABLE)
        return answer

    async def answer(self, receiver: str, draft: Draft | Recorded) -> bytes:
        """An answer as it arrives."""
        faults, envelope = self.faults[receiver], await self.stations[receiver].post.finish(draft)
        if faults.tampered > 0:
            faults.tampered -= 1
            return _flipped(envelope)
        return envelope

    async def batches(self, receiver: str, source: Any, when: float) -> AsyncGenerator[Sequence[Chunk], None]:
        """The batches of a file stream as they arrive until the loop's time `when`.

        Raises:
            CodecError: a chunk of the wrong shape.
            PeerError: the stream broke, took too long, or was refused on the way.
            ValueError: the handler made a batch of no or of more than 16 chunks.
        """
        faults = self.faults[receiver]
        for count in itertools.count():
            if faults.break_after == count:
                faults.break_after = None
                raise _peer_error(Reason.PEER_UNREACHABLE)
            async with _deadline(when):
                with _refusals(receiver):
                    batch = await anext(source, None)
            if batch is None:
                return
            if not 0 < len(batch) <= BATCH_CHUNKS:
                raise ValueError(f"a batch has 1 to {BATCH_CHUNKS} chunks")
            chunks = [_chunk(one) for one in batch]
            if faults.spoil_after == count:
                faults.spoil_after = None
                chunks[0] = replace(chunks[0], sealed=_flipped(chunks[0].sealed))
            yield chunks


class LocalNetwork:
    """Connects nodes in one process. Owned by one event loop."""

    def __init__(self) -> None:
        """Start with no node and no fault."""
        self._wire = _Wire()

    @property
    def calls(self) -> list[Call]:
        """Every call that was tried, in order."""
        return self._wire.calls

    def join(
        self,
        post: Post,
        handlers: Mapping[str, Handler],
        *,
        health: Health | None = None,
        refused: Refused | None = None,
    ) -> None:
        """Put a node on the network; `handlers` are by method path, `health` learns from calls in both directions.

        `refused` is told what the node did not believe, as the gRPC edge tells it.

        A handler's exception that carries a `refusal` is what the caller sees; any other comes through, as the bug it is.

        Raises:
            ValueError: a path that is no method.
        """
        unknown = set(handlers) - {method.path for method in METHODS}
        if unknown:
            raise ValueError(f"not methods of a node: {', '.join(sorted(unknown))}")
        self._wire.stations[post.province] = _Station(post=post, handlers=handlers, health=health, refused=refused)

    def peers_of(self, province: str) -> Peers:
        """The peers as this province's node calls them; the node may join later than this, but before it calls."""
        return _LocalPeers(self._wire, province)

    def down(self, province: str) -> None:
        """Cut the province off: its calls and the calls to it end as PEER_UNREACHABLE."""
        self._wire.faults[province].down = True

    def cut(self, one: str, other: str) -> None:
        """Cut the path between two provinces, both ways: calls on it end as PEER_UNREACHABLE."""
        self._wire.cuts.add(frozenset((one, other)))

    def mend(self, one: str, other: str) -> None:
        """Mend the path between two provinces."""
        self._wire.cuts.discard(frozenset((one, other)))

    def silent(self, province: str) -> None:
        """Let the province never answer: the caller's timeout decides."""
        self._wire.faults[province].silent = True

    def up(self, province: str) -> None:
        """End all faults of the province."""
        self._wire.faults.pop(province, None)

    def lose_answers(self, province: str, count: int = 1) -> None:
        """Let the next answers of the province be lost: its handlers run, the callers see PEER_UNREACHABLE."""
        self._wire.faults[province].lost = count

    def tamper(self, province: str, count: int = 1) -> None:
        """Flip one bit in each of the next answers (or heads of a file stream) of the province."""
        self._wire.faults[province].tampered = count

    def break_stream(self, province: str, after_batches: int) -> None:
        """Break the province's next file stream after so many batches: PEER_UNREACHABLE."""
        self._wire.faults[province].break_after = after_batches

    def spoil_stream(self, province: str, after_batches: int) -> None:
        """Flip one bit in the first chunk behind so many batches of the province's next file stream."""
        self._wire.faults[province].spoil_after = after_batches


async def _handled(station: _Station, sender: str, method: Method, envelope: bytes) -> Any:
    """Open a request and let the node answer it, as the gRPC edge does."""
    handler, province = station.handlers.get(method.path), station.post.province
    if handler is None:
        raise _peer_error(Reason.PEER_ERROR, "UNIMPLEMENTED", province)
    try:
        incoming = station.post.open_request(envelope, kind=method.request, sender=sender)
    except (CodecError, EnvelopeError) as error:
        refusal = _disbelief(error)
        if station.refused is not None:
            await station.refused(sender, method.path, envelope, refusal)
        raise _peer_error(refusal.reason, refusal.detail, province) from error
    if station.health is not None:
        station.health.heard(sender)
    with _refusals(province):
        return await handler(incoming)


def _disbelief(error: CodecError | EnvelopeError) -> Refusal:
    """What the gRPC edge makes of a message that does not open."""
    if isinstance(error, EnvelopeError):
        return Refusal(reason=Reason(error.reason), detail=error.detail)
    return Refusal(reason=Reason.BAD_PARAMETER, detail=str(error)[:200])


@contextmanager
def _refusals(province: str) -> Iterator[None]:
    """Turn a refusal of a province's handler into what its caller sees of it over gRPC."""
    try:
        yield
    except Exception as error:
        refusal = getattr(error, "refusal", None)
        if not isinstance(refusal, Refusal):
            raise
        raise _peer_error(refusal.reason, refusal.detail, province) from error


def _peer_error(reason: Reason, detail: str = "", by: str = "") -> PeerError:
    """A refusal as it arrives, its detail cut as `federation.status` cuts it; `by` is the province that said it, "" for the network."""
    return PeerError(replace(from_word(reason.value, detail[:200]), by=by))


def _flipped(data: bytes) -> bytes:
    """The data with its last bit flipped; in an envelope it belongs to the proof, in a chunk to the tag."""
    return data[:-1] + bytes([data[-1] ^ 1])


def _chunk(one: Chunk | bytes) -> Chunk:
    """A chunk after its journey as a frame."""
    chunk = read_frame(chunk_frame(one) if isinstance(one, Chunk) else one)
    if isinstance(chunk, bytes):
        raise CodecError("a second head in a file stream")
    return chunk


@asynccontextmanager
async def _deadline(when: float) -> AsyncIterator[None]:
    """Turn the loop's time `when` into PEER_TIMEOUT."""
    scope = asyncio.timeout_at(when)
    try:
        async with scope:
            yield
    except TimeoutError as error:
        if not scope.expired():
            raise
        raise _peer_error(Reason.PEER_TIMEOUT) from error


class _LocalPeers:
    """The peers of one province. Implements `ports.Peers`."""

    def __init__(self, wire: _Wire, province: str) -> None:
        """Call as `province`."""
        self._wire = wire
        self._province = province

    async def ask(self, province: str, method: Method, draft: Draft, envelope: bytes, timeout_s: float) -> Reply[Any]:
        """Send a signed request and return the verified answer.

        Raises:
            PeerError: as `client.Client.ask`.
        """
        self._check_sealed(province)
        try:
            async with _deadline(asyncio.get_running_loop().time() + timeout_s):
                answer = await self._wire.call(self._province, province, method, envelope)
            reply = await self._opened(province, method, draft, answer)
        except (PeerError, CodecError, EnvelopeError) as error:
            raise self._failed(province, error, timeout_s) from error
        self._spoke(province)
        return reply

    async def fetch(
        self, province: str, draft: Draft, envelope: bytes, timeout_s: float
    ) -> AsyncGenerator[Reply[FileHead] | Sequence[Chunk], None]:
        """Send a signed FileRequest; yields one Reply[FileHead], then batches of sealed chunks.

        Raises:
            PeerError: as `client.Client.fetch`.
        """
        self._check_sealed(province)
        when = asyncio.get_running_loop().time() + timeout_s
        try:
            async with _deadline(when):
                answer, source = await self._wire.call(self._province, province, FILE, envelope)
            async with aclosing(source), aclosing(self._wire.batches(province, source, when)) as batches:
                yield await self._opened(province, FILE, draft, answer)
                async for batch in batches:
                    yield batch
        except (PeerError, CodecError, EnvelopeError) as error:
            raise self._failed(province, error, 0.0) from error
        self._spoke(province)

    def _check_sealed(self, province: str) -> None:
        """Send nothing to a peer that nothing may be sealed to, as `client` does not.

        Raises:
            PeerError: why.
        """
        station = self._wire.stations.get(self._province)
        if station is None or province not in self._wire.stations:
            return
        reason, detail = station.post.against(province)
        if reason:
            raise _peer_error(Reason(reason), detail)

    async def _opened(self, province: str, method: Method, draft: Draft, answer: Any) -> Reply[Any]:
        data = await self._wire.answer(province, answer.draft)
        post = self._wire.stations[self._province].post
        return post.open_answer(data, kind=method.answer, sender=province, request=draft)

    def _spoke(self, province: str) -> None:
        health = self._wire.stations[self._province].health
        if health is not None:
            health.alive(province)

    def _failed(self, province: str, error: PeerError | CodecError | EnvelopeError, timeout_s: float) -> PeerError:
        """Translate and remember a failure, as `client` does; silence lasted for `timeout_s`."""
        refusal = _refusal_of(error)
        health = self._wire.stations[self._province].health
        if refusal.reason not in {Reason.PEER_TIMEOUT, Reason.PEER_UNREACHABLE}:
            self._spoke(province)
        elif health is not None and refusal.reason is Reason.PEER_TIMEOUT:
            health.silent(province, timeout_s)
        elif health is not None:
            health.failed(province)
        return PeerError(refusal)


def _refusal_of(error: PeerError | CodecError | EnvelopeError) -> Refusal:
    if isinstance(error, PeerError):
        return error.refusal
    if isinstance(error, EnvelopeError):
        return Refusal(reason=Reason(error.reason), detail=error.detail)
    return Refusal(reason=Reason.PEER_ERROR, detail=str(error)[:200])
