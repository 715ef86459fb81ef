"""Faults at the peer port itself, with real TLS and gRPC: what no use-case sees is explained by exchange, by digest, or by time."""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from federation import channels
from federation.client import Client
from federation.directory import Directory
from federation.errors import PeerError
from federation.methods import CHECKPOINT, SUBMIT
from federation.model.evidence import CheckpointRequest
from federation.model.fault import Hop
from federation.model.refusal import UNTRUSTED_CHANNEL, Owner, Reason, Refusal
from federation.peers import Peers as Health
from federation.ports import Peers
from federation.post import Post, claimed
from federation.sample_identities import make_identities, make_membership
from node.ports.store import StoreError
from node.ports.timeline import State, Timeline
from node.rpc.edge import Edge
from tests.faults.case import reader
from tests.node.rpc.port import Port, call, open_port, stranger
from tests.node.usecases.mesh import JIANGSU, SHANGHAI, ZHEJIANG, Mesh
from trust.errors import CustodyError


@pytest.fixture
async def mesh(tmp_path: Path) -> Mesh:
    return await Mesh(tmp_path).ready()


async def explained(port: Port, wanted: str) -> Timeline:
    found = await reader(port.node, port.mishaps).of(wanted)
    assert found is not None
    return found


def blames(timeline: Timeline) -> list[tuple[Reason, Owner, str, Hop]]:
    return [(one.reason, one.owner, one.province, one.hop) for one in timeline.faults]


def forged(mesh: Mesh) -> bytes:
    """A request in Jiangsu's name under Shanghai's keys."""
    identity = replace(make_identities([SHANGHAI])[SHANGHAI], province=JIANGSU)
    directory = Directory(make_membership(make_identities(mesh.all)))
    post = Post(identity, directory, clock=mesh.clock, monotonic=time.monotonic)
    draft = post.draft_request(CheckpointRequest(), recipients=(ZHEJIANG,), exchange_id="e1")
    return post.sign(draft)


async def test_a_forged_message_is_found_by_its_digest_and_by_the_exchange_it_claims(mesh: Mesh) -> None:
    message = forged(mesh)
    async with open_port(mesh) as port, port.channel(make_identities([JIANGSU])[JIANGSU]) as channel:
        await call(channel, CHECKPOINT, message)
    digest, exchange_id = claimed(message)
    expected = [(Reason.SIGNATURE_INVALID, Owner.PEER, JIANGSU, Hop.CRYPTO)]

    assert exchange_id == "e1"
    assert blames(await explained(port, "e1")) == blames(await explained(port, digest)) == expected


async def test_bytes_that_are_no_message_are_found_by_their_digest(mesh: Mesh) -> None:
    async with open_port(mesh) as port, port.channel(make_identities([JIANGSU])[JIANGSU]) as channel:
        await call(channel, CHECKPOINT, b"hello")
    timeline = await explained(port, claimed(b"hello")[0])

    assert blames(timeline) == [(Reason.BAD_PARAMETER, Owner.PEER, JIANGSU, Hop.LOCAL)]


async def test_a_stranger_is_found_by_the_time_of_its_call(mesh: Mesh) -> None:
    async with open_port(mesh) as port:
        async with port.channel(stranger()) as channel:
            await call(channel, CHECKPOINT, b"hello")
        listed = await reader(port.node, port.mishaps).recent(1)

    assert [one.reason for timeline in listed for one in timeline.faults] in ([], [Reason.NOT_A_MEMBER])
    assert port.mishaps.since(mesh.clock()) or not listed, "TLS turned it away before gRPC, or it is remembered"


async def test_a_member_whose_membership_ran_out_is_refused_under_its_exchange(mesh: Mesh) -> None:
    mesh.clock.move(days=365 + 7)
    post = mesh.jiangsu.post
    draft = post.draft_request(CheckpointRequest(), recipients=(ZHEJIANG,), exchange_id=secrets.token_hex(16))
    async with open_port(mesh) as port, port.client(JIANGSU) as client:
        with pytest.raises(PeerError) as caught:
            await client.ask(ZHEJIANG, CHECKPOINT, draft, post.sign(draft), 5)

    assert caught.value.refusal.by == ZHEJIANG
    assert blames(await explained(port, draft.exchange_id)) == [
        (Reason.MEMBERSHIP_EXPIRED, Owner.NODE, ZHEJIANG, Hop.ROUTE)
    ]
    assert (await explained(port, draft.digest)).exchange_id == draft.exchange_id


async def test_a_peer_that_shows_another_tls_certificate_is_no_fault_of_the_network(mesh: Mesh) -> None:
    impostor = stranger().tls_certificate_pem
    async with open_port(mesh) as port:
        known = replace(
            port.node.directory.peers[ZHEJIANG], endpoint=f"127.0.0.1:{port.server.port}", tls_certificates=impostor
        )
        channel = channels._channel(make_identities([JIANGSU])[JIANGSU], known)
        client = Client(channels.Channels({ZHEJIANG: channel}), mesh.jiangsu.post, Health([ZHEJIANG]))
        mesh.jiangsu.applications._peers = _Real(mesh.network.peers_of(JIANGSU), client.ask)
        mesh.jiangsu.applications._deadline_s = 30.0
        submitted = await mesh.jiangsu.submit()
        await channel.close()
    (verdict,) = [one for one in submitted.verdicts if one.province == ZHEJIANG]
    ours = await reader(mesh.jiangsu).of(submitted.exchange_id)

    assert verdict.refusal == Refusal(reason=Reason.PEER_UNREACHABLE, detail=UNTRUSTED_CHANNEL)
    assert ours is not None
    assert blames(ours) == [(Reason.NOT_A_MEMBER, Owner.PEER, ZHEJIANG, Hop.ROUTE)]


def failing(error: Exception) -> Callable[[Edge], Any]:
    async def fails(_: object) -> Any:
        raise error

    return lambda edge: edge.unary(SUBMIT, fails)


@pytest.mark.parametrize(
    ("error", "reason", "word"),
    [
        pytest.param(StoreError("disk full"), Reason.OVERLOADED, "StoreError", id="a full disk"),
        pytest.param(
            CustodyError("GONE", "slot 3"), Reason.OVERLOADED, "CustodyError", id="a keeper of keys that is away"
        ),
        pytest.param(ValueError("a bug"), Reason.INTERNAL, "ValueError", id="a bug"),
    ],
)
async def test_what_breaks_at_the_provider_is_explained_there_and_at_the_consumer(
    mesh: Mesh, error: Exception, reason: Reason, word: str
) -> None:
    async with open_port(mesh, {SUBMIT.path: failing(error)}) as port, port.client(JIANGSU) as client:
        real = _Real(mesh.network.peers_of(JIANGSU), client.ask)
        mesh.jiangsu.applications._peers = real
        mesh.jiangsu.applications._deadline_s = 30.0
        submitted = await mesh.jiangsu.submit()
        theirs = await explained(port, submitted.exchange_id)
    ours = await reader(mesh.jiangsu).of(submitted.exchange_id)
    assert ours is not None
    (fault,) = [one for one in ours.faults if one.reason is reason]
    (step,) = theirs.steps

    assert (fault.owner, fault.province, fault.hop, fault.at) == (Owner.PEER, ZHEJIANG, Hop.PEER, ZHEJIANG)
    assert blames(theirs) == [(reason, Owner.NODE, ZHEJIANG, Hop.ANSWER)]
    assert (theirs.state, step.facts["error"]) == (State.FAILED, word)
    assert "disk full" not in repr(theirs)


class _Real(Peers):
    """Peers of which Zhejiang is asked over the real port."""

    def __init__(self, local: Any, ask: Callable[..., Awaitable[Any]]) -> None:
        self._local, self._ask = local, ask

    async def ask(self, province: str, *args: Any) -> Any:
        return await (self._ask(province, *args) if province == ZHEJIANG else self._local.ask(province, *args))

    def fetch(self, province: str, *args: Any) -> Any:
        return self._local.fetch(province, *args)
