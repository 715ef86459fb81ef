"""federation.barred and federation.post: what a bar keeps out, and that stop orders go through."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest

from federation.barred import BarredPeers
from federation.directory import Directory
from federation.errors import PeerError
from federation.methods import CHECKPOINT, NEVER_STOPPED, PULL_ORDERS, PUSH_ORDERS, SERVICES, Method
from federation.model.orders import OrdersPull
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import Chunk, FileHead
from federation.ports import Draft, Encoded, Reply
from federation.post import Post
from federation.sample_identities import make_identities, make_membership
from tests.federation.samples import ANSWER, JIANGSU, PROVINCES, QUERY, SHANGHAI, Clock
from trust.errors import EnvelopeError

STOPPED = Refusal(reason=Reason.PEER_STOPPED, detail="order o1 of 330000")
KEY_STOPPED = Refusal(reason=Reason.KEY_STOPPED, detail="order o2 of 310000")
DRAFT = Draft(kind="k", exchange_id="e", payload=b"", digest="")
IDENTITIES = make_identities(PROVINCES)


@dataclass(slots=True)
class Switch:
    """A bar that is opened and shut."""

    refusal: Refusal | None = None
    key: str = ""

    def message(self, sender: str, key_id: str) -> Refusal | None:
        return KEY_STOPPED if key_id == self.key else self.refusal

    def call(self, province: str) -> Refusal | None:
        return self.refusal

    def channel(self, province: str, certificate: bytes) -> Refusal | None:
        return self.refusal


@dataclass(slots=True)
class Calls:
    """`Peers` that answer everything."""

    made: list[str] = field(default_factory=list)
    closed: bool = False

    async def ask(self, province: str, method: Method, draft: Draft, envelope: bytes, timeout_s: float) -> Reply[Any]:
        self.made.append(method.path)
        return Reply(message=None, digest="")

    async def fetch(
        self, province: str, draft: Draft, envelope: bytes, timeout_s: float
    ) -> AsyncGenerator[Reply[FileHead] | Sequence[Chunk], None]:
        self.made.append("fetch")
        try:
            while True:
                yield []
        finally:
            self.closed = True


async def test_a_call_to_a_stopped_province_is_not_made_but_for_orders() -> None:
    calls, bar = Calls(), Switch(STOPPED)
    peers = BarredPeers(calls, bar)
    with pytest.raises(PeerError) as caught:
        await peers.ask(JIANGSU, CHECKPOINT, DRAFT, b"", 1)
    for method in (PUSH_ORDERS, PULL_ORDERS):
        await peers.ask(JIANGSU, method, DRAFT, b"", 1)
    bar.refusal = None
    await peers.ask(JIANGSU, CHECKPOINT, DRAFT, b"", 1)

    assert caught.value.refusal == STOPPED
    assert calls.made == [PUSH_ORDERS.path, PULL_ORDERS.path, CHECKPOINT.path]


async def test_a_stream_ends_when_its_province_is_stopped_and_its_call_is_closed() -> None:
    calls, bar = Calls(), Switch()
    async with aclosing(BarredPeers(calls, bar).fetch(JIANGSU, DRAFT, b"", 1)) as items:
        await anext(items)
        bar.refusal = STOPPED
        with pytest.raises(PeerError):
            await anext(items)

    assert calls.closed


async def test_a_stream_from_a_stopped_province_is_not_begun() -> None:
    calls = Calls()
    with pytest.raises(PeerError):
        await anext(BarredPeers(calls, Switch(STOPPED)).fetch(JIANGSU, DRAFT, b"", 1))

    assert calls.made == []


def _post(province: str, bar: Switch | None = None) -> Post:
    clock = Clock()
    directory = Directory(make_membership(IDENTITIES))
    return Post(IDENTITIES[province], directory, clock=clock.utc, monotonic=clock.monotonic, bar=bar)


@pytest.mark.parametrize(
    ("bar", "reason"),
    [
        pytest.param(Switch(STOPPED), "PEER_STOPPED", id="the province"),
        pytest.param(Switch(key=IDENTITIES[SHANGHAI].signing_certificate.fingerprint), "KEY_STOPPED", id="its key"),
    ],
)
def test_a_barred_request_and_a_barred_answer_are_not_believed(bar: Switch, reason: str) -> None:
    asking, answering, barred = _post(SHANGHAI), _post(JIANGSU), _post(JIANGSU, bar)
    request = asking.draft_request(QUERY, recipients=[JIANGSU], exchange_id="e1")
    with pytest.raises(EnvelopeError) as caught:
        barred.open_request(asking.sign(request), kind="SearchRequest", sender=SHANGHAI)
    assert caught.value.reason == reason

    back = answering.draft_request(QUERY, recipients=[SHANGHAI], exchange_id="e2")
    incoming = asking.open_request(answering.sign(back), kind="SearchRequest", sender=JIANGSU)
    encoded: Encoded = asking.encode(ANSWER)
    answer = asking.sign(asking.draft_answer(encoded, incoming))
    with pytest.raises(EnvelopeError) as caught:
        barred.open_answer(answer, kind="SearchAnswer", sender=SHANGHAI, request=back)
    assert caught.value.reason == reason


def test_orders_are_opened_whoever_is_barred_and_the_key_is_named() -> None:
    asking, barred = _post(SHANGHAI), _post(JIANGSU, Switch(STOPPED))
    request = asking.draft_request(OrdersPull(state=b"", known=b""), recipients=[JIANGSU], exchange_id="e1")
    incoming = barred.open_request(asking.sign(request), kind=PULL_ORDERS.request, sender=SHANGHAI)

    assert incoming.key_id == IDENTITIES[SHANGHAI].signing_certificate.fingerprint


def test_what_is_never_stopped_is_a_service() -> None:
    assert set(SERVICES) >= NEVER_STOPPED
