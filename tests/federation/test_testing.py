"""The network in one process: answers, refusals and faults look to the caller as they do over gRPC."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from federation.errors import PeerError
from federation.methods import FILE, SEARCH
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import BATCH_CHUNKS, CHUNK_BYTES, Chunk, FileHead, FileQuery
from federation.peers import Peers as Health
from federation.peers import Work
from federation.ports import Draft, Incoming, Reply
from federation.sample_identities import make_identities, make_membership
from federation.stream import ChunkOpener, ChunkSealer
from federation.testing import LocalNetwork
from tests.federation.samples import ANSWER, JIANGSU, PROVINCES, QUERY, SHANGHAI, ZHEJIANG, Posts, stranger
from trust import gm
from trust.errors import DecryptionError
from trust.membership import check

KEY = bytes(range(16))
FILE_QUERY = FileQuery(apply_id="a1", use_code="u1", identifier="1.2.3")


@dataclass(slots=True)
class Answered:
    draft: Draft


class UnwillingError(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason=reason, detail=detail)


@dataclass
class Mesh:
    """Shanghai asks, Jiangsu answers."""

    posts: Posts = field(default_factory=Posts)
    network: LocalNetwork = field(default_factory=LocalNetwork)
    file: bytes = bytes(range(256)) * (CHUNK_BYTES // 256) * (BATCH_CHUNKS + 1)
    failure: Exception | None = None
    served: int = 0

    def __post_init__(self) -> None:
        self.asking, self.answering = self.posts.of(SHANGHAI), self.posts.of(JIANGSU)
        self.health = Health([JIANGSU, ZHEJIANG])
        self.seen = Health([SHANGHAI])
        self.network.join(self.asking, {}, health=self.health)
        self.network.join(self.answering, {SEARCH.path: self.search, FILE.path: self.deliver}, health=self.seen)
        self.peers = self.network.peers_of(SHANGHAI)

    async def search(self, incoming: Incoming[Any]) -> Answered:
        self.served += 1
        if self.failure is not None:
            raise self.failure
        return Answered(self.answering.draft_answer(self.answering.encode(ANSWER), incoming))

    async def deliver(self, incoming: Incoming[Any]) -> tuple[Answered, AsyncIterator[Sequence[Chunk]]]:
        head = FileHead(size=len(self.file), sm3=gm.sm3(self.file), chunk_key=KEY)
        answer = Answered(self.answering.draft_answer(self.answering.encode(head), incoming))
        return answer, self.batches(incoming.exchange_id)

    async def batches(self, exchange_id: str) -> AsyncIterator[Sequence[Chunk]]:
        sealer, size = ChunkSealer(KEY, exchange_id), CHUNK_BYTES * BATCH_CHUNKS
        for start in range(0, len(self.file), size):
            data = self.file[start : start + size]
            ends = [min(start + end + CHUNK_BYTES, len(self.file)) for end in range(0, len(data), CHUNK_BYTES)]
            yield [
                sealer.seal(end - len(piece), piece, gm.sm3(self.file[:end]))
                for end in ends
                for piece in [data[(end - 1 - start) // CHUNK_BYTES * CHUNK_BYTES :][:CHUNK_BYTES]]
            ]
        if self.failure is not None:
            raise self.failure

    async def ask(self, province: str = JIANGSU, timeout_s: float = 30) -> Reply[Any]:
        draft = self.asking.draft_request(QUERY, recipients=[JIANGSU], exchange_id="e1")
        return await self.peers.ask(province, SEARCH, draft, self.asking.sign(draft), timeout_s)

    def fetch(self) -> AsyncGenerator[Reply[FileHead] | Sequence[Chunk], None]:
        draft = self.asking.draft_request(FILE_QUERY, recipients=[JIANGSU], exchange_id="e2")
        return self.peers.fetch(JIANGSU, draft, self.asking.sign(draft), 30)

    async def received(self) -> bytes:
        """The whole file, opened and checked."""
        opener, pieces = ChunkOpener(KEY, "e2"), []
        async for part in self.fetch():
            if not isinstance(part, Reply):
                pieces += opener.open(part)
        return b"".join(pieces)


async def refusal(mesh: Mesh, timeout_s: float = 30) -> Refusal:
    with pytest.raises(PeerError) as caught:
        await mesh.ask(timeout_s=timeout_s)
    return caught.value.refusal


def test_identities_are_the_same_throughout_the_process_and_make_a_valid_membership() -> None:
    identities = make_identities(PROVINCES)

    assert make_identities(PROVINCES) == identities
    assert stranger(SHANGHAI) != identities[SHANGHAI]
    check(make_membership(identities))


async def test_a_question_gets_its_answer_and_is_logged() -> None:
    mesh = Mesh()

    reply = await mesh.ask()

    assert reply.message == ANSWER
    assert mesh.network.calls == [(SHANGHAI, JIANGSU, "Search/Local")]


async def test_a_refusal_of_the_handler_reaches_the_caller() -> None:
    mesh = Mesh(failure=UnwillingError(Reason.OVERLOADED, "x" * 300))

    assert Refusal(reason=Reason.OVERLOADED, detail="x" * 200) == await refusal(mesh)


async def test_a_bug_of_the_handler_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        await Mesh(failure=ZeroDivisionError()).ask()


async def test_a_province_that_is_down_or_never_joined_is_unreachable() -> None:
    mesh = Mesh()
    mesh.network.down(JIANGSU)

    assert Reason.PEER_UNREACHABLE is (await refusal(mesh)).reason
    with pytest.raises(PeerError, match="PEER_UNREACHABLE"):
        await mesh.ask(ZHEJIANG)
    assert (mesh.health.failures(JIANGSU), mesh.health.failures(ZHEJIANG)) == (1, 1)
    mesh.network.up(JIANGSU)
    await mesh.ask()
    assert mesh.health.up(JIANGSU)


async def test_a_province_that_is_down_reaches_nobody() -> None:
    mesh = Mesh()
    mesh.network.down(SHANGHAI)

    assert Reason.PEER_UNREACHABLE is (await refusal(mesh)).reason
    assert mesh.served == 0


async def test_a_silent_province_costs_the_callers_timeout() -> None:
    mesh = Mesh()
    mesh.network.silent(JIANGSU)

    assert Reason.PEER_TIMEOUT is (await refusal(mesh, timeout_s=0.001)).reason
    assert (mesh.health.failures(JIANGSU), mesh.health.doubtful(JIANGSU)) == (0, True)


async def test_a_timeout_of_the_handler_itself_is_not_the_callers() -> None:
    with pytest.raises(TimeoutError):
        await Mesh(failure=TimeoutError()).ask()


async def test_a_lost_answer_was_given() -> None:
    mesh = Mesh()
    mesh.network.lose_answers(JIANGSU, 2)

    assert Reason.PEER_UNREACHABLE is (await refusal(mesh)).reason
    assert Reason.PEER_UNREACHABLE is (await refusal(mesh)).reason
    await mesh.ask()
    assert mesh.served == 3


async def test_a_tampered_answer_is_not_believed_and_counts_as_a_sign_of_life() -> None:
    mesh = Mesh()
    mesh.network.tamper(JIANGSU)

    assert Reason.SIGNATURE_INVALID is (await refusal(mesh)).reason
    assert mesh.health.up(JIANGSU)
    await mesh.ask()


async def test_a_method_that_a_node_does_not_serve_is_an_error_of_the_peer() -> None:
    mesh = Mesh()
    draft = mesh.answering.draft_request(QUERY, recipients=[SHANGHAI], exchange_id="e1")

    with pytest.raises(PeerError, match="PEER_ERROR: UNIMPLEMENTED"):
        await mesh.network.peers_of(JIANGSU).ask(SHANGHAI, SEARCH, draft, mesh.answering.sign(draft), 30)


async def test_a_request_that_must_not_be_believed_is_refused_by_the_receiver() -> None:
    mesh = Mesh()
    draft = mesh.asking.draft_request(QUERY, recipients=[JIANGSU], exchange_id="e1")

    with pytest.raises(PeerError, match="BAD_PARAMETER: not an envelope"):
        await mesh.peers.ask(JIANGSU, SEARCH, draft, b"\xff", 30)
    with pytest.raises(PeerError, match="SIGNATURE_INVALID"):
        await mesh.peers.ask(JIANGSU, FILE, draft, mesh.asking.sign(draft), 30)


async def test_an_inbound_call_wakes_the_prober() -> None:
    mesh = Mesh()
    mesh.seen.failed(SHANGHAI)
    mesh.seen.waker(SHANGHAI, Work.PROBE).clear()

    await mesh.ask()

    assert mesh.seen.waker(SHANGHAI, Work.PROBE).is_set()


async def test_a_node_does_not_call_itself_and_serves_only_methods() -> None:
    mesh = Mesh()

    with pytest.raises(ValueError, match="call itself"):
        await mesh.ask(SHANGHAI)
    with pytest.raises(ValueError, match="Search/All"):
        mesh.network.join(mesh.asking, {"Search/All": mesh.search})


async def test_a_file_arrives_whole() -> None:
    mesh = Mesh()

    assert mesh.file == await mesh.received()


async def test_a_stream_that_breaks_has_delivered_what_came_before() -> None:
    mesh = Mesh()
    mesh.network.break_stream(JIANGSU, after_batches=1)
    stream = mesh.fetch()

    assert [type(await anext(stream)), len(await anext(stream))] == [Reply, BATCH_CHUNKS]  # type: ignore[arg-type]
    with pytest.raises(PeerError, match="PEER_UNREACHABLE"):
        await anext(stream)
    assert mesh.file == await mesh.received()


async def test_a_spoilt_chunk_does_not_open() -> None:
    mesh = Mesh()
    mesh.network.spoil_stream(JIANGSU, after_batches=1)

    with pytest.raises(DecryptionError):
        await mesh.received()


async def test_a_refusal_in_mid_stream_reaches_the_caller() -> None:
    mesh = Mesh(failure=UnwillingError(Reason.OVERLOADED, "the store cannot take it now"))

    with pytest.raises(PeerError, match="OVERLOADED"):
        await mesh.received()


async def test_a_caller_that_stops_reading_leaves_nothing_behind() -> None:
    mesh = Mesh()
    stream = mesh.fetch()

    await anext(stream)
    await stream.aclose()

    assert {asyncio.current_task()} == asyncio.all_tasks()
