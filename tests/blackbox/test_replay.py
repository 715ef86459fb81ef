"""A captured message works once, whatever happens to the node in between: kill -9, restart, and clocks that differ. DESIGN §4, "Replay".

What is sent are real bytes over a member's real connection: whoever captured them can do no more than that.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from federation.channels import open_channels
from federation.codec.envelope import decode_envelope, decode_header, decode_payload, encode_envelope
from federation.directory import Directory
from federation.methods import CHECKPOINT, SEARCH, Method
from federation.model.evidence import CheckpointRequest
from federation.model.refusal import Reason, Refusal
from federation.post import Post
from federation.status import from_error
from node import keys
from scripts._mesh.mesh import Mesh
from tests.blackbox.conftest import RUNNING
from tests.federation.samples import QUERY
from trust.envelope import sign
from trust.local import LocalIdentity
from trust.membership import parse, signed_from_json

pytestmark = pytest.mark.timeout(300)

MEMBER = "310000"


@dataclass
class Peer:
    """A member that is not a node: its keys, and a clock that a test may set."""

    identity: LocalIdentity
    directory: Directory
    ahead: timedelta = field(default=timedelta(0))

    @property
    def post(self) -> Post:
        return Post(self.identity, self.directory, clock=lambda: datetime.now(UTC) + self.ahead, monotonic=lambda: 0.0)

    def request(self, message: Any, exchange_id: str) -> bytes:
        return self.post.sign(self.post.draft_request(message, recipients=[RUNNING], exchange_id=exchange_id))

    async def send(self, envelope: bytes, method: Method) -> bytes | Refusal:
        """The bytes that came back, or why nothing did."""
        async with _channel(self) as channel:
            call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method.full_path)
            try:
                return await call(envelope, timeout=20, wait_for_ready=True)
            except grpc.aio.AioRpcError as error:
                return from_error(error)


@asynccontextmanager
async def _channel(peer: Peer) -> AsyncIterator[grpc.aio.Channel]:
    channels = open_channels(peer.identity, peer.directory)
    try:
        with channels.using(RUNNING) as link:
            yield link.channel
    finally:
        await channels.close()


@pytest.fixture(scope="module")
def whole(mesh: Mesh) -> Peer:
    own = mesh.folder.of(MEMBER)
    passphrase = keys.read_passphrase(file=own / "passphrase", environment=None)
    membership = parse(signed_from_json(mesh.folder.membership.read_bytes()).payload)
    return Peer(identity=keys.load_identity(own / "keys", MEMBER, passphrase), directory=Directory(membership))


@pytest.fixture
def peer(whole: Peer) -> Peer:
    return replace(whole)


async def killed_and_started(mesh: Mesh) -> None:
    """SIGKILL, no chance to tidy up, and a new process over the same folder."""
    mesh.nodes[RUNNING].kill()
    await asyncio.to_thread(mesh.start, [RUNNING])


def refused(answer: bytes | Refusal) -> Refusal:
    assert isinstance(answer, Refusal)
    return answer


def entries(mesh: Mesh, exchange_id: str) -> list[dict[str, Any]]:
    return mesh.entries(RUNNING, exchange_id)


async def test_captured_bytes_are_refused_by_the_node_and_by_its_successor_after_kill_9(mesh: Mesh, peer: Peer) -> None:
    captured = peer.request(CheckpointRequest(), "replay-1")
    assert isinstance(await peer.send(captured, CHECKPOINT), bytes)

    at_once = refused(await peer.send(captured, CHECKPOINT))
    await killed_and_started(mesh)
    afterwards = refused(await peer.send(captured, CHECKPOINT))
    fresh = await peer.send(peer.request(CheckpointRequest(), "replay-1b"), CHECKPOINT)

    assert [at_once.reason, afterwards.reason] == [Reason.REPLAYED, Reason.REPLAYED]
    assert isinstance(fresh, bytes), "the successor takes what is new"
    assert [one["refusal"]["reason"] for one in entries(mesh, "replay-1")] == ["REPLAYED"] * 2, "both are on record"
    assert mesh.verify(RUNNING)["ok"]


async def test_bytes_captured_at_one_method_are_refused_at_another(mesh: Mesh, peer: Peer) -> None:
    captured = peer.request(CheckpointRequest(), "replay-2")
    answer = refused(await peer.send(captured, SEARCH))

    assert answer.reason is Reason.SIGNATURE_INVALID


async def test_a_repeated_exchange_gets_the_stored_answer_also_after_kill_9(mesh: Mesh, peer: Peer) -> None:
    """The same question under a new nonce: a retry. The answer is the one decided first, and no second effect is recorded."""
    answers = []
    for turn in range(3):
        if turn == 2:
            await killed_and_started(mesh)
        draft = peer.post.draft_request(QUERY, recipients=[RUNNING], exchange_id="retry-1")
        data = await peer.send(peer.post.sign(draft), SEARCH)
        assert isinstance(data, bytes)
        answers.append(peer.post.open_answer(data, kind=SEARCH.answer, sender=RUNNING, request=draft).message)

    assert answers[0] == answers[1] == answers[2]
    assert [one.get("repeated", False) for one in entries(mesh, "retry-1")] == [False, True, True]


async def test_an_exchange_id_does_not_serve_another_question(mesh: Mesh, peer: Peer) -> None:
    assert isinstance(await peer.send(peer.request(QUERY, "retry-2"), SEARCH), bytes)
    other = refused(await peer.send(peer.request(replace(QUERY, number="another"), "retry-2"), SEARCH))

    assert other.reason is Reason.REPLAYED
    assert "stands for another request" in other.detail


@pytest.mark.parametrize("minutes", [6, -6])
async def test_a_clock_beyond_five_minutes_is_refused_with_both_clocks_named(
    mesh: Mesh, peer: Peer, minutes: int
) -> None:
    peer.ahead = timedelta(minutes=minutes)
    answer = refused(await peer.send(peer.request(CheckpointRequest(), "skew"), CHECKPOINT))

    assert answer.reason is Reason.CLOCK_SKEW
    assert f"clock of {MEMBER} " in answer.detail
    assert f"clock of {RUNNING} " in answer.detail
    assert f"{MEMBER} compares with the time service first" in answer.detail


async def test_a_clock_within_five_minutes_is_believed(mesh: Mesh, peer: Peer) -> None:
    peer.ahead = timedelta(minutes=4)

    assert isinstance(await peer.send(peer.request(CheckpointRequest(), "in-time"), CHECKPOINT), bytes)


async def test_a_header_that_was_altered_to_be_in_time_again_is_refused(mesh: Mesh, peer: Peer) -> None:
    """Whoever captured the bytes cannot sign: a new proof by another key, or the old proof over other bytes, is no proof."""
    captured = decode_envelope(peer.request(CheckpointRequest(), "forged"))
    stranger = peer.identity.encryption_key
    assert decode_header(decode_payload(captured.payload).header).exchange_id == "forged"
    forged = sign(
        captured.payload_type,
        captured.payload.replace(b"forged", b"forgex"),
        key_id=peer.identity.signing_certificate.fingerprint,
        signer=stranger.sign,  # type: ignore[attr-defined]  # a file's key can sign; its certificate may not
    )
    for one in (forged, replace(captured, payload=forged.payload)):
        assert refused(await peer.send(encode_envelope(one), CHECKPOINT)).reason is Reason.SIGNATURE_INVALID
    kept = entries(mesh, "forgex")
    assert {(one["type"], one["step"]) for one in kept} == {("REFUSE", "refused")}, (
        "what it claims to be is on record as refused"
    )
