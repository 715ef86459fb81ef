"""federation.gate: while membership has expired, or leaves us out, only membership itself is talked about."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from federation.directory import Directory
from federation.errors import PeerError
from federation.gate import Gate, GatedPeers
from federation.methods import CHAIN, FILE, POKE, SEARCH
from federation.model.refusal import Reason
from federation.model.retrieval import Chunk, FileHead
from federation.ports import Draft, Reply
from federation.sample_identities import make_identities, make_membership
from tests.federation.samples import JIANGSU, PROVINCES, SHANGHAI, ZHEJIANG
from trust.membership import Membership, changes

MEMBERSHIP = replace(make_membership(make_identities(PROVINCES)), threshold=2)
EXPIRES = datetime.fromisoformat(MEMBERSHIP.expires)
DRAFT = Draft(kind="SearchRequest", exchange_id="e1", payload=b"", digest="")
PIECE = Chunk(offset=0, nonce=b"", sealed=b"", prefix_sm3=b"")


@dataclass(slots=True)
class Recording:
    """Peers that answer everything and note what they were asked."""

    asked: list[str] = field(default_factory=list)

    async def ask(self, province: str, method: Any, draft: Draft, envelope: bytes, timeout_s: float) -> Reply[Any]:
        self.asked.append(method.path)
        return Reply(message="answer", digest="")

    async def fetch(
        self, province: str, draft: Draft, envelope: bytes, timeout_s: float
    ) -> AsyncGenerator[Reply[FileHead] | Sequence[Chunk], None]:
        for _ in range(3):
            self.asked.append(FILE.path)
            yield [PIECE]


@dataclass(slots=True)
class Side:
    """One node's gate, with a clock that is set by hand."""

    directory: Directory
    now: datetime
    behind: Recording = field(default_factory=Recording)

    @property
    def gate(self) -> Gate:
        return Gate(self.directory, SHANGHAI, lambda: self.now)

    @property
    def peers(self) -> GatedPeers:
        return GatedPeers(self.behind, self.gate)


def side(membership: Membership = MEMBERSHIP, now: datetime = EXPIRES) -> Side:
    return Side(Directory(membership), now)


def without(province: str) -> Membership:
    draft = changes.following(MEMBERSHIP, "ab" * 32, now=EXPIRES, expires=EXPIRES + timedelta(days=9))
    return changes.remove(draft, province)


def test_until_its_last_moment_a_membership_is_in_force() -> None:
    assert side().gate.closed(SEARCH, JIANGSU) is None


@pytest.mark.parametrize(("method", "closed"), [(SEARCH, True), (FILE, True), (POKE, False), (CHAIN, False)])
async def test_after_that_only_membership_is_talked_about(method: Any, closed: bool) -> None:
    late = side(now=EXPIRES + timedelta(seconds=1))
    try:
        await late.peers.ask(JIANGSU, method, DRAFT, b"", 1.0)
        reason = None
    except PeerError as error:
        reason = error.refusal.reason

    assert (reason is Reason.MEMBERSHIP_EXPIRED) is closed
    assert late.behind.asked == ([] if closed else [method.path])


def test_the_refusal_names_the_version_its_end_and_what_to_do() -> None:
    refusal = side(now=EXPIRES + timedelta(days=7)).gate.closed(SEARCH, JIANGSU)

    assert refusal is not None
    assert f"version 1 ended at {MEMBERSHIP.expires}" in refusal.detail
    assert "certmesh membership adopt" in refusal.next_step


def test_a_newer_version_opens_the_gate_again() -> None:
    late = side(now=EXPIRES + timedelta(days=7))
    late.directory.adopt(without(ZHEJIANG))

    assert late.gate.closed(SEARCH, JIANGSU) is None


@pytest.mark.parametrize("method", [SEARCH, CHAIN])
def test_nothing_is_said_to_a_province_that_was_removed(method: Any) -> None:
    refusal = side(without(ZHEJIANG)).gate.closed(method, ZHEJIANG)

    assert refusal is not None
    assert refusal.reason is Reason.NOT_A_MEMBER


def test_a_node_that_was_removed_exchanges_nothing_but_asks_for_the_chain() -> None:
    gate = side(without(SHANGHAI)).gate

    assert gate.closed(CHAIN, JIANGSU) is None
    assert (refusal := gate.closed(SEARCH, JIANGSU)) is not None
    assert refusal.reason is Reason.NOT_A_MEMBER


async def test_a_file_stream_ends_when_the_provider_is_removed() -> None:
    one = side()
    async with aclosing(one.peers.fetch(ZHEJIANG, DRAFT, b"", 1.0)) as parts:
        await anext(parts)
        one.directory.adopt(without(ZHEJIANG))
        with pytest.raises(PeerError, match="NOT_A_MEMBER"):
            await anext(parts)

    assert len(one.behind.asked) == 1
