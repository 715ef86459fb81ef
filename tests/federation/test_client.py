"""federation.client over real gRPC: answers, refusals, silence, and streams that are not what they should be."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import grpc
import pytest

from federation.codec.retrieval import chunk_frame, head_frame
from federation.errors import PeerError
from federation.methods import SEARCH
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import BATCH_CHUNKS, CHUNK_BYTES, Chunk, FileHead, FileQuery
from federation.ports import Reply
from federation.status import to_status
from federation.stream import ChunkOpener, ChunkSealer
from tests.federation.links import IDENTITIES, Answer, Calling, Context, Frames, client, post, server, silence
from tests.federation.samples import ANSWER, JIANGSU, QUERY, SHANGHAI, Clock
from trust import gm

TIMEOUT_S, SOON_S = 20.0, 0.1
KEY = bytes(range(16))
CONTENT = bytes(range(250)) * 262 * (BATCH_CHUNKS + 1)  # a little less than a batch and a chunk
QUESTION = FileQuery(apply_id="a1", use_code="u1", identifier="1.2.3")
OVERLOADED = Refusal(reason=Reason.OVERLOADED, detail="the store cannot take it now")


async def ask(calling: Calling, timeout_s: float = TIMEOUT_S) -> Reply[object]:
    draft = calling.post.draft_request(QUERY, recipients=[JIANGSU], exchange_id="e1")
    return await calling.client.ask(JIANGSU, SEARCH, draft, calling.post.sign(draft), timeout_s)


async def refusal_of(search: Answer, timeout_s: float = TIMEOUT_S) -> tuple[Refusal, Calling]:
    async with server(search) as endpoint, client({JIANGSU: endpoint}) as calling:
        calling.peers.failed(JIANGSU)
        with pytest.raises(PeerError) as caught:
            await ask(calling, timeout_s)
    return caught.value.refusal, calling


async def answer(request: bytes, _context: Context) -> bytes:
    room = post(IDENTITIES[JIANGSU], Clock())
    opened = room.open_request(request, kind="SearchRequest", sender=SHANGHAI)
    return room.sign(room.draft_answer(room.encode(ANSWER), opened))


async def test_an_answer_is_verified_and_a_sign_of_life() -> None:
    async with server(answer) as endpoint, client({JIANGSU: endpoint}) as calling:
        calling.peers.failed(JIANGSU)
        reply = await ask(calling)

    assert reply.message == ANSWER
    assert calling.peers.up(JIANGSU)
    assert calling.observed == [(JIANGSU, "Search/Local", "OK")]
    ((peer, method, sent, received),) = calling.weighed
    assert (peer, method) == (JIANGSU, "Search/Local")
    assert min(sent, received) > len(QUERY.apply_id)


@pytest.mark.parametrize(("ahead_s", "refused"), [(7.0, False), (-7.0, False), (400.0, True)])
async def test_each_answer_measures_the_peers_clock_and_one_refused_for_its_clock_too(
    ahead_s: float,
    refused: bool,
) -> None:
    async def from_another_time(request: bytes, _context: Context) -> bytes:
        elsewhere = Clock()
        opened = post(IDENTITIES[JIANGSU], elsewhere).open_request(request, kind="SearchRequest", sender=SHANGHAI)
        elsewhere.now += timedelta(seconds=ahead_s)
        room = post(IDENTITIES[JIANGSU], elsewhere)
        return room.sign(room.draft_answer(room.encode(ANSWER), opened))

    async with server(from_another_time) as endpoint, client({JIANGSU: endpoint}) as calling:
        if refused:
            with pytest.raises(PeerError) as caught:
                await ask(calling)
            assert caught.value.refusal.reason is Reason.CLOCK_SKEW
            assert "clock of 320000" in caught.value.refusal.detail
        else:
            await ask(calling)
        found = calling.clocks.offset(JIANGSU, Clock().utc())

    assert found is not None
    assert round(found.offset_s, 6) == ahead_s
    assert found.bound_s == 0.0


async def test_silence_until_the_deadline_is_a_timeout() -> None:
    refusal, calling = await refusal_of(silence, SOON_S)

    assert refusal == Refusal(reason=Reason.PEER_TIMEOUT)
    assert (calling.peers.failures(JIANGSU), calling.peers.doubtful(JIANGSU)) == (1, True)
    assert calling.observed == [(JIANGSU, "Search/Local", "PEER_TIMEOUT")]
    assert [received for *_, received in calling.weighed] == [0]


async def test_nobody_listening_is_unreachable() -> None:
    async with client({}) as calling:
        with pytest.raises(PeerError) as caught:
            await ask(calling)

    assert caught.value.refusal == Refusal(reason=Reason.PEER_UNREACHABLE)
    assert calling.peers.failures(JIANGSU) == 1


async def test_a_refusal_of_the_peer_arrives_and_is_a_sign_of_life() -> None:
    async def refuse(_request: bytes, context: Context) -> bytes:
        await context.abort_with_status(to_status(replace(OVERLOADED, retry_after_s=1)))
        raise AssertionError

    refusal, calling = await refusal_of(refuse)

    assert refusal == replace(OVERLOADED, retry_after_s=1)
    assert calling.peers.up(JIANGSU)
    assert calling.observed == [(JIANGSU, "Search/Local", "OVERLOADED")]


async def test_a_peer_that_breaks_down_is_an_error_of_the_peer() -> None:
    async def abort(_request: bytes, context: Context) -> bytes:
        await context.abort(grpc.StatusCode.INTERNAL, "boom")
        raise AssertionError

    refusal, _ = await refusal_of(abort)

    assert refusal == Refusal(reason=Reason.PEER_ERROR, detail="INTERNAL")


async def test_an_answer_that_is_none_is_an_error_of_the_peer() -> None:
    async def garbage(_request: bytes, _context: Context) -> bytes:
        return b"\xff"

    refusal, calling = await refusal_of(garbage)

    assert refusal == Refusal(reason=Reason.PEER_ERROR, detail="not an envelope")
    assert calling.peers.up(JIANGSU)


async def test_an_answer_that_must_not_be_believed_says_why() -> None:
    async def tamper(request: bytes, context: Context) -> bytes:
        envelope = await answer(request, context)
        return envelope[:-1] + bytes([envelope[-1] ^ 1])

    refusal, _ = await refusal_of(tamper)

    assert refusal.reason is Reason.SIGNATURE_INVALID


def chunks(exchange_id: str) -> list[Chunk]:
    sealer = ChunkSealer(KEY, exchange_id)
    return [
        sealer.seal(at, CONTENT[at : at + CHUNK_BYTES], gm.sm3(CONTENT[: at + CHUNK_BYTES]))
        for at in range(0, len(CONTENT), CHUNK_BYTES)
    ]


def head(request: bytes) -> bytes:
    room = post(IDENTITIES[JIANGSU], Clock())
    opened = room.open_request(request, kind="FileRequest", sender=SHANGHAI)
    promised = FileHead(size=len(CONTENT), sm3=gm.sm3(CONTENT), chunk_key=KEY)
    return head_frame(room.sign(room.draft_answer(room.encode(promised), opened)))


def frames(*made: Callable[[bytes], bytes], then: Callable[[Context], object] | None = None) -> Frames:
    """A stream of these frames, each made from the request."""

    async def stream(request: bytes, context: Context) -> AsyncIterator[bytes]:
        for make in made:
            yield make(request)
        if then is not None:
            await then(context)  # type: ignore[misc]

    return stream


CHUNK_FRAMES = [lambda _, chunk=chunk: chunk_frame(chunk) for chunk in chunks("e1")]


async def fetch(calling: Calling, timeout_s: float = TIMEOUT_S) -> list[Reply[FileHead] | Sequence[Chunk]]:
    draft = calling.post.draft_request(QUESTION, recipients=[JIANGSU], exchange_id="e1")
    items = calling.client.fetch(JIANGSU, draft, calling.post.sign(draft), timeout_s)
    return [item async for item in items]


async def test_a_file_arrives_as_a_head_and_batches_of_up_to_a_mebibyte() -> None:
    async with server(file=frames(head, *CHUNK_FRAMES)) as endpoint, client({JIANGSU: endpoint}) as calling:
        first, *batches = await fetch(calling)

    opener = ChunkOpener(KEY, "e1")
    assert isinstance(first, Reply)
    assert first.message.size == len(CONTENT)
    assert [len(batch) for batch in batches if not isinstance(batch, Reply)] == [BATCH_CHUNKS, 1]
    assert b"".join(b"".join(opener.open(batch)) for batch in batches if not isinstance(batch, Reply)) == CONTENT
    assert calling.observed == [(JIANGSU, "Retrieval/File", "OK")]


async def _refuse(context: Context) -> None:
    await context.abort_with_status(to_status(OVERLOADED))


async def _wait(_context: Context) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("stream", "refusal"),
    [
        pytest.param(
            frames(), Refusal(reason=Reason.PEER_ERROR, detail="a chunk of the wrong shape"), id="an empty stream"
        ),
        pytest.param(
            frames(*CHUNK_FRAMES[:1]),
            Refusal(reason=Reason.PEER_ERROR, detail="a file stream that begins with a chunk"),
            id="a stream without a head",
        ),
        pytest.param(
            frames(head, head),
            Refusal(reason=Reason.PEER_ERROR, detail="a second head in a file stream"),
            id="a second head",
        ),
        pytest.param(
            frames(head, lambda _: b"\xff"),
            Refusal(reason=Reason.PEER_ERROR, detail="not a frame of a file stream"),
            id="a frame that is none",
        ),
        pytest.param(frames(then=_refuse), OVERLOADED, id="a refusal before the head"),
        pytest.param(frames(head, *CHUNK_FRAMES[:1], then=_refuse), OVERLOADED, id="a refusal in mid-stream"),
        pytest.param(
            frames(head, then=_wait), Refusal(reason=Reason.PEER_TIMEOUT), id="silence in mid-stream until the deadline"
        ),
    ],
)
async def test_a_stream_that_is_not_what_it_should_be(stream: Frames, refusal: Refusal) -> None:
    timeout_s = SOON_S if refusal.reason is Reason.PEER_TIMEOUT else TIMEOUT_S
    async with server(file=stream) as endpoint, client({JIANGSU: endpoint}) as calling:
        with pytest.raises(PeerError) as caught:
            await fetch(calling, timeout_s)

    assert caught.value.refusal == refusal
    assert calling.observed == [(JIANGSU, "Retrieval/File", refusal.reason.value)]


async def test_a_receiver_that_stops_reading_ends_the_call_at_the_server() -> None:
    ended = asyncio.Event()

    async def stream(request: bytes, _context: Context) -> AsyncIterator[bytes]:
        try:
            yield head(request)
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with server(file=stream) as endpoint, client({JIANGSU: endpoint}) as calling:
        draft = calling.post.draft_request(QUESTION, recipients=[JIANGSU], exchange_id="e1")
        async with aclosing(calling.client.fetch(JIANGSU, draft, calling.post.sign(draft), TIMEOUT_S)) as items:
            assert isinstance(await anext(items), Reply)
        async with asyncio.timeout(TIMEOUT_S):
            await ended.wait()


async def test_a_peer_that_nothing_may_be_sealed_to_is_not_called_and_not_thought_ill_of() -> None:
    fingerprint = IDENTITIES[JIANGSU].encryption_certificate.fingerprint

    def standing(_province: str, one: str) -> tuple[str, str]:
        return ("CERTIFICATE_REVOKED", "keyCompromise") if one == fingerprint else ("", "")

    async with server(answer) as endpoint, client({JIANGSU: endpoint}, standing=standing) as calling:
        with pytest.raises(PeerError) as caught:
            await ask(calling)
        draft = calling.post.draft_request(QUESTION, recipients=[JIANGSU], exchange_id="e2")
        with pytest.raises(PeerError):
            await anext(calling.client.fetch(JIANGSU, draft, calling.post.sign(draft), TIMEOUT_S))

    assert caught.value.refusal == Refusal(reason=Reason.CERTIFICATE_REVOKED, detail="keyCompromise")
    assert calling.peers.up(JIANGSU)
    assert calling.observed == [(JIANGSU, path, "CERTIFICATE_REVOKED") for path in ("Search/Local", "Retrieval/File")]
