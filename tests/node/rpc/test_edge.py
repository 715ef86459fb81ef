"""The peer port with real TLS and gRPC: who is believed, what a refusal looks like on the wire, and what is put on record. DESIGN §9."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from structlog.testing import capture_logs

from federation.directory import Directory
from federation.errors import PeerError
from federation.methods import CHECKPOINT, FILE, PULL, PULL_ORDERS, SEARCH, SUBMIT, Method
from federation.model.evidence import CheckpointRequest
from federation.model.orders import OrdersPull
from federation.model.refusal import Reason
from federation.model.retrieval import FileQuery
from federation.model.search import Query
from federation.peers import Work
from federation.ports import Draft, Reply
from federation.post import Post
from federation.sample_identities import make_identities, make_membership
from node.errors import RefusedError
from node.library.invented import MINING_TYPE
from node.ports.store import StoreError
from tests.node.rpc.port import Port, call, error_info, eventually, open_port, stranger
from tests.node.usecases.mesh import ANHUI, HOLDER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, record
from tests.node.usecases.papers import sealed_file
from trust.errors import CustodyError
from trust.orders import Action, Kind, tls_key_id

PEERS = (JIANGSU, SHANGHAI)


def poll(mesh: Mesh, sender: str = JIANGSU) -> tuple[Draft, bytes]:
    """A signed request for the checkpoint."""
    post = mesh[sender].post
    draft = post.draft_request(CheckpointRequest(), recipients=(ZHEJIANG,), exchange_id=secrets.token_hex(16))
    return draft, post.sign(draft)


def forged(mesh: Mesh, province: str, *, keys_of: str) -> bytes:
    """A request that says it is from one province, signed with the keys of another."""
    identity = replace(make_identities([keys_of])[keys_of], province=province)
    directory = Directory(make_membership(make_identities(mesh.all)))
    post = Post(identity, directory, clock=mesh.clock, monotonic=time.monotonic)
    draft = post.draft_request(CheckpointRequest(), recipients=(ZHEJIANG,), exchange_id="e1")
    return post.sign(draft)


def refusals(port: Port) -> list[tuple[str, str, str]]:
    entries = port.node.entries(type="REFUSE")
    return [(one["peer"], one["method"], one["refusal"]["reason"]) for one in entries]


async def test_a_member_gets_a_signed_answer(port: Port) -> None:
    draft, envelope = poll(port.mesh)
    async with port.client(JIANGSU) as client:
        reply: Reply[Any] = await client.ask(ZHEJIANG, CHECKPOINT, draft, envelope, 5)

    assert reply.message.note.startswith(port.node.origin)


async def test_a_whole_file_travels_over_the_wire(port: Port) -> None:
    certificate = record(ZHEJIANG)
    content = sealed_file(certificate.identifier, size=(1 << 20) + 5)
    await port.node.keep(certificate, file=content)
    apply_id, _ = await port.mesh.found()
    held = {one.provider: one.use_code for one in port.mesh.jiangsu.store.read.applications.received(apply_id)}
    query = FileQuery(apply_id=apply_id, use_code=held[ZHEJIANG], identifier=certificate.identifier, original=True)
    post = port.mesh.jiangsu.direct
    draft = post.draft_request(query, recipients=(ZHEJIANG,), exchange_id="f1")
    async with port.client(JIANGSU) as client:
        items = [item async for item in client.fetch(ZHEJIANG, draft, post.sign(draft), 5)]
    head, *batches = items

    assert isinstance(head, Reply)
    assert head.message.size == len(content)
    assert [len(batch) for batch in batches if not isinstance(batch, Reply)] == [16, 1]


async def test_a_refused_file_is_a_signed_head_and_no_chunks(port: Port) -> None:
    post = port.mesh.jiangsu.direct
    query = FileQuery(apply_id="none", use_code="", identifier="c")
    draft = post.draft_request(query, recipients=(ZHEJIANG,), exchange_id="f1")
    async with port.client(JIANGSU) as client:
        (head,) = [item async for item in client.fetch(ZHEJIANG, draft, post.sign(draft), 5)]

    assert isinstance(head, Reply)
    assert head.message.refusal is not None
    assert head.message.refusal.reason is Reason.USE_CODE_SPENT


@pytest.mark.parametrize("method", [CHECKPOINT, SEARCH, FILE, PULL["uselist"]], ids=lambda one: one.path)
@pytest.mark.parametrize("request_", [b"", b"\xff\xff\xff", b"hello"], ids=["nothing", "no protobuf", "a text"])
async def test_bytes_that_are_no_envelope_are_an_invalid_argument_on_record(
    port: Port, method: Method, request_: bytes
) -> None:
    async with port.channel(make_identities([JIANGSU])[JIANGSU]) as channel:
        error = await call(channel, method, request_)

    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert error_info(error)["reason"] == "BAD_PARAMETER"
    assert error_info(error)["owner"] == "caller"
    assert refusals(port) == [(JIANGSU, method.path, "BAD_PARAMETER")]


async def test_an_envelope_of_another_message_is_refused(port: Port) -> None:
    """Signed for one method, sent to another."""
    async with port.channel(make_identities([JIANGSU])[JIANGSU]) as channel:
        error = await call(channel, SEARCH, poll(port.mesh)[1])

    assert (error.code(), error_info(error)["reason"]) == (grpc.StatusCode.UNAUTHENTICATED, "SIGNATURE_INVALID")


@pytest.mark.parametrize(
    ("said", "keys_of"),
    [
        pytest.param(SHANGHAI, JIANGSU, id="its own keys, another province's name"),
        pytest.param(SHANGHAI, SHANGHAI, id="another province's message whole"),
        pytest.param(JIANGSU, SHANGHAI, id="its own name, another province's keys"),
    ],
)
async def test_a_member_that_speaks_for_another_is_refused_on_record(port: Port, said: str, keys_of: str) -> None:
    async with port.channel(make_identities([JIANGSU])[JIANGSU]) as channel:
        error = await call(channel, CHECKPOINT, forged(port.mesh, said, keys_of=keys_of))

    assert (error.code(), error_info(error)["reason"]) == (grpc.StatusCode.UNAUTHENTICATED, "SIGNATURE_INVALID")
    assert refusals(port) == [(JIANGSU, CHECKPOINT.path, "SIGNATURE_INVALID")]


async def _stop(port: Port, giver: str, kind: Kind, subject: str, *signers: str) -> None:
    """An order that Zhejiang has taken."""
    signed = await port.mesh[giver].orders.give(kind, subject, Action.STOP, "r")
    for one in signers:
        await port.mesh[one].orders.take(signed.to_json(), giver)
        signed = await port.mesh[one].orders.countersign(signed.order.id)
    assert await port.node.orders.take(signed.to_json(), giver) == ""


async def test_a_connection_under_a_stopped_channel_key_is_refused_and_that_of_others_is_not(port: Port) -> None:
    pem = make_identities([JIANGSU])[JIANGSU].tls_certificate_pem
    async with port.client(JIANGSU) as jiangsu, port.client(SHANGHAI) as shanghai:
        await jiangsu.ask(ZHEJIANG, CHECKPOINT, *poll(port.mesh), 5)
        await _stop(port, JIANGSU, Kind.KEY, tls_key_id(pem.decode()))
        with pytest.raises(PeerError) as caught:
            await jiangsu.ask(ZHEJIANG, CHECKPOINT, *poll(port.mesh), 5)
        await shanghai.ask(ZHEJIANG, CHECKPOINT, *poll(port.mesh, SHANGHAI), 5)

    assert caught.value.refusal.reason is Reason.KEY_STOPPED


async def test_a_stopped_provinces_messages_are_refused_on_record_but_for_its_orders(port: Port) -> None:
    await _stop(port, SHANGHAI, Kind.PEER, JIANGSU, ANHUI)
    post = port.mesh.jiangsu.post
    pull = OrdersPull(state=bytes(32), known=b"")
    draft = post.draft_request(pull, recipients=(ZHEJIANG,), exchange_id="e1")
    async with port.client(JIANGSU) as client:
        with pytest.raises(PeerError) as caught:
            await client.ask(ZHEJIANG, CHECKPOINT, *poll(port.mesh), 5)
        reply: Reply[Any] = await client.ask(ZHEJIANG, PULL_ORDERS, draft, post.sign(draft), 5)

    assert caught.value.refusal.reason is Reason.PEER_STOPPED
    assert refusals(port) == [(JIANGSU, CHECKPOINT.path, "PEER_STOPPED")]
    assert reply.message.documents == ()


async def test_a_message_for_another_province_is_refused_on_record(port: Port) -> None:
    post = port.mesh.jiangsu.direct
    draft = post.draft_request(CheckpointRequest(), recipients=(SHANGHAI,), exchange_id="e1")
    async with port.channel(make_identities([JIANGSU])[JIANGSU]) as channel:
        error = await call(channel, CHECKPOINT, post.sign(draft))

    assert error_info(error)["reason"] == "NOT_FOR_US"
    assert refusals(port) == [(JIANGSU, CHECKPOINT.path, "NOT_FOR_US")]


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_clocks_too_far_apart_are_told_both_times(port: Port, minutes: int) -> None:
    clock = port.mesh.clock
    clock.move(minutes=minutes)
    _, envelope = poll(port.mesh)
    clock.move(minutes=-minutes)
    async with port.channel(make_identities([JIANGSU])[JIANGSU]) as channel:
        error = await call(channel, CHECKPOINT, envelope)

    assert (error.code(), error_info(error)["reason"]) == (grpc.StatusCode.FAILED_PRECONDITION, "CLOCK_SKEW")
    ours, theirs = (f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in (clock.now, clock.now + timedelta(minutes=minutes)))
    assert f"clock of {JIANGSU} {theirs}, clock of {ZHEJIANG} {ours}: 360 s" in error_info(error)["detail"]


async def test_a_replayed_message_is_aborted_on_record(port: Port) -> None:
    draft, envelope = poll(port.mesh)
    async with port.client(JIANGSU) as client:
        await client.ask(ZHEJIANG, CHECKPOINT, draft, envelope, 5)
        with pytest.raises(PeerError) as caught:
            await client.ask(ZHEJIANG, CHECKPOINT, draft, envelope, 5)

    assert caught.value.refusal.reason is Reason.REPLAYED
    assert refusals(port) == [(JIANGSU, CHECKPOINT.path, "REPLAYED")]


async def test_who_is_no_member_gets_no_handshake(port: Port) -> None:
    async with port.channel(stranger()) as channel:
        error = await call(channel, CHECKPOINT, b"")

    assert error.code() is grpc.StatusCode.UNAVAILABLE


def failing(error: Exception) -> Any:
    """A handler factory whose use-case fails."""

    async def fails(_: object) -> Any:
        raise error

    return lambda edge: edge.unary(SUBMIT, fails)


async def ask_failing(mesh: Mesh, error: Exception) -> grpc.aio.AioRpcError:
    submitted = await mesh.jiangsu.submit()
    post = mesh.jiangsu.direct
    draft = post.draft_request(submitted.application, recipients=(ZHEJIANG,), exchange_id="e1")
    async with (
        open_port(mesh, {SUBMIT.path: failing(error)}) as port,
        port.channel(make_identities([JIANGSU])[JIANGSU]) as channel,
    ):
        return await call(channel, SUBMIT, post.sign(draft))


async def test_a_store_that_is_overloaded_says_when_to_come_again(mesh: Mesh) -> None:
    error = await ask_failing(mesh, StoreError("busy"))

    assert (error.code(), error_info(error)["reason"]) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert "busy" not in str(error.details())


@pytest.mark.parametrize("reason", ["BUSY", "LOGGED_OUT", "GONE", "WRONG"])
async def test_a_key_whose_keeper_fails_is_this_nodes_load_and_not_the_callers_fault(mesh: Mesh, reason: str) -> None:
    with capture_logs() as lines:
        error = await ask_failing(mesh, CustodyError(reason, "slot 3 of the module"))

    assert (error.code(), error_info(error)["reason"]) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert "slot 3" not in f"{error.details()}{error.trailing_metadata()}", "what the module said stays here"
    assert [one["reason"] for one in lines if one["event"] == "keys.keeper_failed"] == [reason]


async def test_a_refusal_names_reason_owner_and_next_step(mesh: Mesh) -> None:
    error = await ask_failing(mesh, RefusedError(Reason.VERSION_CONFLICT, "version 3"))

    assert error_info(error) == {
        "reason": "VERSION_CONFLICT",
        "owner": "peer",
        "detail": "version 3",
        "nextStep": "compare the versions both provinces hold",
    }


async def test_a_fault_of_ours_is_told_without_its_words(mesh: Mesh) -> None:
    """An exception's text may quote what it choked on. DESIGN §2.8."""
    error = await ask_failing(mesh, ValueError(f"cannot read {HOLDER.code}"))

    assert HOLDER.code not in f"{error.details()}{error.trailing_metadata()}"
    assert error_info(error)["reason"] == "INTERNAL"


def answers(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [line for line in lines if line["event"] == "rpc.answered"]


async def test_one_line_per_call_says_who_what_and_how_it_ended(port: Port) -> None:
    draft, envelope = poll(port.mesh)
    async with port.client(JIANGSU) as client, port.channel(make_identities([SHANGHAI])[SHANGHAI]) as channel:
        with capture_logs() as lines:
            await client.ask(ZHEJIANG, CHECKPOINT, draft, envelope, 5)
            await call(channel, CHECKPOINT, b"")
            await eventually(lambda: len(answers(lines)) > 1)
    answered = answers(lines)

    assert [(one["peer"], one["method"], one["code"], one["reason"]) for one in answered] == [
        (JIANGSU, CHECKPOINT.path, 0, ""),
        (SHANGHAI, CHECKPOINT.path, 4, "BAD_PARAMETER"),
    ]
    assert answered[0]["exchange_id"] == draft.exchange_id


async def test_a_refusal_inside_a_signed_answer_is_named_in_the_log_line(port: Port) -> None:
    post = port.mesh.jiangsu.direct
    query = Query(apply_id="none", holder=HOLDER, type_codes=(MINING_TYPE,))
    draft = post.draft_request(query, recipients=(ZHEJIANG,), exchange_id="e1")
    async with port.client(JIANGSU) as client:
        with capture_logs() as lines:
            await client.ask(ZHEJIANG, SEARCH, draft, post.sign(draft), 5)
            await eventually(lambda: len(answers(lines)) > 0)
    (line,) = answers(lines)

    assert (line["code"], line["reason"]) == (211, "USE_CODE_SPENT")
    assert HOLDER.code not in repr(lines)


async def test_every_call_is_counted(port: Port) -> None:
    async with port.channel(make_identities([JIANGSU])[JIANGSU]) as channel:
        await call(channel, CHECKPOINT, b"")

    await eventually(lambda: b"Evidence/Checkpoint" in port.metrics.render())


async def test_a_call_of_a_peer_that_did_not_answer_wakes_the_prober(port: Port) -> None:
    port.node.health.failed(JIANGSU)
    prober = port.node.health.waker(JIANGSU, Work.PROBE)
    prober.clear()
    draft, envelope = poll(port.mesh)
    async with port.client(JIANGSU) as client:
        await client.ask(ZHEJIANG, CHECKPOINT, draft, envelope, 5)

    assert (prober.is_set(), port.node.health.up(JIANGSU)) == (True, False)


@pytest.mark.parametrize("service", ["", "certmesh.v1.Search", "certmesh.v1.UseList"])
async def test_health_is_told_per_service(port: Port, service: str) -> None:
    status = health_pb2.HealthCheckResponse
    async with port.channel(make_identities([JIANGSU])[JIANGSU]) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        told = []
        for ready in (True, False):
            await port.server.serving(ready=ready)
            told.append((await stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)).status)

    assert told == [status.SERVING, status.NOT_SERVING]
