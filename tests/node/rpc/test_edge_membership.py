"""The peer port while membership changes under open connections: who was removed gets nothing more, and expiry leaves one service."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest

from federation.codec.retrieval import chunk_frame, head_frame
from federation.errors import PeerError
from federation.methods import CHAIN, CHECKPOINT, FILE, POKE
from federation.model.membership import ChainRequest
from federation.model.refusal import Reason
from federation.model.retrieval import Chunk, FileQuery
from federation.ports import Draft, Incoming
from federation.sample_identities import make_identities
from node.rpc.edge import Edge, RpcHandler
from node.usecases.exchange import Answered
from tests.node.rpc.port import Port, error_info, open_port
from tests.node.rpc.test_edge import poll, refusals
from tests.node.usecases.mesh import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, Mesh
from tests.node.usecases.test_membership import Mint
from trust.membership import changes

FRAME = chunk_frame(Chunk(offset=0, nonce=bytes(12), sealed=bytes(65_536 + 16), prefix_sm3=bytes(32)))


async def remove_jiangsu(port: Port) -> None:
    """Zhejiang adopts a version without Jiangsu; Jiangsu does not know yet."""
    document = Mint.of(port.mesh).next(lambda one: changes.remove(one, JIANGSU), by=(SHANGHAI, ZHEJIANG, ANHUI))
    await port.node.memberships.adopt([document])


async def test_the_open_connection_of_a_removed_member_is_refused_at_its_next_call(port: Port) -> None:
    async with port.client(JIANGSU) as client:
        draft, envelope = poll(port.mesh)
        await client.ask(ZHEJIANG, CHECKPOINT, draft, envelope, 5)
        await remove_jiangsu(port)
        draft, envelope = poll(port.mesh)
        with pytest.raises(PeerError) as caught:
            await client.ask(ZHEJIANG, CHECKPOINT, draft, envelope, 5)
    async with port.client(SHANGHAI) as client:
        draft, envelope = poll(port.mesh, SHANGHAI)
        await client.ask(ZHEJIANG, CHECKPOINT, draft, envelope, 5)

    assert caught.value.refusal.reason is Reason.NOT_A_MEMBER


async def test_an_answer_that_was_being_made_when_its_caller_was_removed_is_not_given(mesh: Mesh) -> None:
    deciding, go_on = asyncio.Event(), asyncio.Event()

    def slow(edge: Edge) -> RpcHandler:
        async def handle(incoming: Incoming[Any]) -> Answered:
            deciding.set()
            await go_on.wait()
            return await mesh[ZHEJIANG].evidence.checkpoint(incoming)

        return edge.unary(CHECKPOINT, handle)

    async with open_port(mesh, {CHECKPOINT.path: slow}) as port, port.client(JIANGSU) as client:
        draft, envelope = poll(mesh)
        task = asyncio.create_task(client.ask(ZHEJIANG, CHECKPOINT, draft, envelope, 5))
        await deciding.wait()
        await remove_jiangsu(port)
        go_on.set()
        with pytest.raises(PeerError) as caught:
            await task

    assert caught.value.refusal.reason is Reason.NOT_A_MEMBER


@dataclass(slots=True)
class Endless:
    """A file that never ends, counted frame by frame."""

    made: int = 0

    def handler(self, edge: Edge, mesh: Mesh) -> RpcHandler:
        async def file(incoming: Incoming[FileQuery]) -> tuple[Answered, AsyncGenerator[list[bytes], None]]:
            answer = await mesh[ZHEJIANG].delivery.file(incoming)
            return answer.answered, self.frames()

        return edge.stream(FILE, file, head_frame)

    async def frames(self) -> AsyncGenerator[list[bytes], None]:
        while True:
            self.made += 1
            yield [FRAME] * 16


async def drained(frames: AsyncIterator[bytes]) -> tuple[int, grpc.aio.AioRpcError]:
    """How many frames still come, and how the stream ends."""
    late = 0
    try:
        async for _ in frames:
            late += 1
    except grpc.aio.AioRpcError as error:
        return late, error
    raise AssertionError("the stream ended well")


async def test_a_running_stream_to_a_removed_member_ends_at_once(mesh: Mesh) -> None:
    """The receiver takes what was on its way already, and then the refusal; the sender makes nothing more."""
    file, post = Endless(), mesh.jiangsu.direct
    query = FileQuery(apply_id="none", use_code="", identifier="c")
    draft = post.draft_request(query, recipients=(ZHEJIANG,), exchange_id="f1")
    async with open_port(mesh, {FILE.path: lambda edge: file.handler(edge, mesh)}) as port:
        identity = make_identities([JIANGSU])[JIANGSU]
        async with port.channel(identity) as channel:
            call: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(FILE.full_path)
            frames = call(post.sign(draft), timeout=20).__aiter__()
            for _ in range(40):
                await anext(frames)
            await remove_jiangsu(port)
            made = file.made
            late, error = await drained(frames)
    assert error_info(error)["reason"] == "NOT_A_MEMBER"
    assert file.made <= made + 1
    assert late < 200


def chain_request(mesh: Mesh) -> tuple[Draft, bytes]:
    post = mesh.jiangsu.post
    draft = post.draft_request(ChainRequest(after_version=0), recipients=(ZHEJIANG,), exchange_id="m1")
    return draft, post.sign(draft)


async def test_while_membership_has_expired_only_its_own_service_answers(port: Port) -> None:
    port.mesh.clock.move(days=365 + 7)
    async with port.client(JIANGSU) as client:
        with pytest.raises(PeerError) as caught:
            await client.ask(ZHEJIANG, CHECKPOINT, *poll(port.mesh), 5)
        reply = await client.ask(ZHEJIANG, CHAIN, *chain_request(port.mesh), 5)

    assert caught.value.refusal.reason is Reason.MEMBERSHIP_EXPIRED
    assert "ended at" in caught.value.refusal.detail
    assert [len(reply.message.documents), reply.message.head.version] == [1, 1]
    assert refusals(port) == [(JIANGSU, CHECKPOINT.path, "MEMBERSHIP_EXPIRED")]


async def test_nothing_of_the_talk_about_membership_is_on_record(port: Port) -> None:
    size = port.node.store.read.evidence.head().size
    async with port.client(JIANGSU) as client:
        await client.ask(ZHEJIANG, CHAIN, *chain_request(port.mesh), 5)

    assert port.node.store.read.evidence.head().size == size
    assert POKE.path.startswith("Membership/")
