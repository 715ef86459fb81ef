"""federation.post by the log: both forms are understood, one envelope serves all, and no proof is good for anything else."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.codec import envelope as wire
from federation.errors import CodecError
from federation.ports import Draft, Incoming, Recorded
from federation.post import Post
from federation.sample_identities import make_identities
from tests.federation.samples import ANSWER, JIANGSU, PROVINCES, QUERY, SHANGHAI, ZHEJIANG, Clock, directory
from trust import canonical
from trust.checkpoint import Checkpoint, evidence_log, sign_note
from trust.envelope import LogProof
from trust.errors import EnvelopeError
from trust.heads import Heads
from trust.merkle import Frontier, inclusion_proof, leaf_hash


class Log:
    """A province's log: what it is told to record, under a head it signs whenever it is asked for a proof."""

    def __init__(self, province: str) -> None:
        self.province, self.identity = province, make_identities(PROVINCES)[province]
        self.entries: list[bytes] = []
        self.finished: list[list[bytes]] = []
        self.frontier = Frontier()
        self.note = b""

    def record(self, draft: Draft, member: str = "request", **members: object) -> Recorded:
        said = {"node": self.province, member: draft.digest, "sent": {draft.kind: member}, **members}
        self.entries.append(canonical.dumps(said))
        self.finished.append(self.frontier.append(leaf_hash(self.entries[-1])))
        return Recorded(draft=draft, index=len(self.entries) - 1)

    async def prove(self, index: int) -> LogProof:
        root = self.frontier.root()
        checkpoint = Checkpoint(origin=evidence_log(self.province), size=self.frontier.size, root=root)
        key = self.identity
        self.note = sign_note(checkpoint, key.signing_certificate.public_key, key.signing_key.sign)
        path = inclusion_proof(
            index, self.frontier.size, lambda level, at: self.finished[((at + 1) << level) - 1][level]
        )
        return LogProof(entry=self.entries[index], index=index, path=tuple(path), checkpoint=self.note)


@dataclass
class Room:
    """A province with a log."""

    province: str
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.log, self.heads = Log(self.province), Heads()
        self.post = Post(
            make_identities(PROVINCES)[self.province],
            directory(tuple(PROVINCES[:3])),
            clock=self.clock.utc,
            monotonic=self.clock.monotonic,
            prove_entry=self.log.prove,
            heads=self.heads,
        )

    def request(self, *recipients: str, exchange_id: str = "e1") -> Draft:
        return self.post.draft_request(QUERY, recipients=recipients or (JIANGSU,), exchange_id=exchange_id)

    async def sent(self, *recipients: str) -> bytes:
        return await self.post.prove(self.log.record(self.request(*recipients)))


@dataclass
class Rooms:
    asking: Room = field(default_factory=lambda: Room(SHANGHAI))
    answering: Room = field(default_factory=lambda: Room(JIANGSU))

    def opened(self, envelope: bytes) -> Incoming[object]:
        return self.answering.post.open_request(envelope, kind="SearchRequest", sender=SHANGHAI)


async def test_a_request_and_its_answer_arrive_by_the_log() -> None:
    rooms = Rooms()
    request = rooms.asking.request()
    incoming = rooms.opened(await rooms.asking.post.prove(rooms.asking.log.record(request)))
    draft = rooms.answering.post.draft_answer(rooms.answering.post.encode(ANSWER), incoming)
    envelope = await rooms.answering.post.finish(rooms.answering.log.record(draft, "answer", request=incoming.digest))
    reply = rooms.asking.post.open_answer(envelope, kind="SearchAnswer", sender=JIANGSU, request=request)

    assert isinstance(wire.decode_envelope(envelope).proof, LogProof)
    assert (incoming.message, reply.message, reply.digest) == (QUERY, ANSWER, draft.digest)
    assert rooms.asking.heads.newest(JIANGSU) is not None
    assert rooms.answering.heads.newest(SHANGHAI) is not None


async def test_one_envelope_serves_every_recipient() -> None:
    envelope = await Room(SHANGHAI).sent(JIANGSU, ZHEJIANG)

    for code in (JIANGSU, ZHEJIANG):
        opened = Room(code).post.open_request(envelope, kind="SearchRequest", sender=SHANGHAI)
        assert opened.message == QUERY


async def test_both_forms_are_understood_and_what_has_no_entry_is_signed() -> None:
    rooms = Rooms()
    direct = Post(
        rooms.asking.log.identity, directory(tuple(PROVINCES[:3])), clock=Clock().utc, monotonic=Clock().monotonic
    )
    draft = rooms.asking.request()

    assert rooms.opened(direct.sign(draft)).message == QUERY
    assert rooms.opened(await direct.finish(Recorded(draft=rooms.asking.request(), index=9))).message == QUERY
    with pytest.raises(ValueError, match="leaves with its evidence entry"):
        await rooms.asking.post.finish(draft)


async def test_an_answer_that_is_signed_and_not_in_a_log_is_refused_by_who_keeps_one() -> None:
    rooms, clock = Rooms(), Clock()
    request = rooms.asking.request()
    incoming = rooms.opened(await rooms.asking.post.prove(rooms.asking.log.record(request)))
    asking, answering = (
        Post(one.log.identity, directory(tuple(PROVINCES[:3])), clock=clock.utc, monotonic=clock.monotonic)
        for one in (rooms.asking, rooms.answering)
    )
    envelope = answering.sign(answering.draft_answer(answering.encode(ANSWER), incoming))

    assert asking.open_answer(envelope, kind="SearchAnswer", sender=JIANGSU, request=request).message == ANSWER
    with pytest.raises(EnvelopeError, match="does not stand in the sender's log"):
        rooms.asking.post.open_answer(envelope, kind="SearchAnswer", sender=JIANGSU, request=request)


async def test_a_proof_is_not_good_for_another_payload() -> None:
    rooms = Rooms()
    one, two = [wire.decode_envelope(await rooms.asking.sent()) for _ in range(2)]

    with pytest.raises(EnvelopeError, match="another message"):
        rooms.opened(wire.encode_envelope(replace(one, proof=two.proof)))


async def test_what_was_received_cannot_be_passed_off_as_sent() -> None:
    """Jiangsu records the digest of a message that a liar wrote in its name; that entry proves nothing."""
    rooms = Rooms()
    forged = rooms.answering.post.draft_request(QUERY, recipients=(SHANGHAI,), exchange_id="e1")
    said = {"node": JIANGSU, "request": forged.digest, "step": "refused", "peer": SHANGHAI}
    rooms.answering.log.entries.append(canonical.dumps(said))
    rooms.answering.log.finished.append(rooms.answering.log.frontier.append(leaf_hash(canonical.dumps(said))))
    envelope = await rooms.answering.post.prove(Recorded(draft=forged, index=0))

    with pytest.raises(EnvelopeError, match="SearchRequest was sent"):
        rooms.asking.post.open_request(envelope, kind="SearchRequest", sender=JIANGSU)


async def test_even_a_broken_node_proves_nothing_in_the_name_of_another() -> None:
    """Jiangsu's log names Shanghai's payload as sent; the header inside says whose it is."""
    rooms = Rooms()
    foreign = rooms.asking.post.draft_request(QUERY, recipients=(ZHEJIANG,), exchange_id="e1")
    envelope = await rooms.answering.post.prove(rooms.answering.log.record(foreign))

    with pytest.raises(EnvelopeError, match="not the peer of this connection"):
        Room(ZHEJIANG).post.open_request(envelope, kind="SearchRequest", sender=JIANGSU)
    with pytest.raises(EnvelopeError):
        Room(ZHEJIANG).post.open_request(envelope, kind="SearchRequest", sender=SHANGHAI)


async def test_a_second_head_of_the_same_size_is_a_fork() -> None:
    rooms, liar = Rooms(), Room(SHANGHAI)
    rooms.opened(await rooms.asking.sent())
    with pytest.raises(EnvelopeError) as caught:
        rooms.opened(await liar.sent())

    assert caught.value.reason == "LOG_FORKED"


ENVELOPES: list[bytes] = []


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10_000), st.integers(0, 7))
async def test_no_bit_of_an_envelope_by_the_log_can_be_flipped(place: int, bit: int) -> None:
    if not ENVELOPES:
        room = Room(SHANGHAI)
        for _ in range(6):
            await room.sent()
        ENVELOPES.append(await room.sent())
    changed = bytearray(ENVELOPES[0])
    changed[place % len(changed)] ^= 1 << bit

    with pytest.raises((EnvelopeError, CodecError)):
        Rooms().opened(bytes(changed))
