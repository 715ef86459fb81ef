"""federation.rested and probing: who is known to be down is not waited for, is found again, and is never hammered. Virtual time."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from federation.errors import PeerError
from federation.fanout import fan_out
from federation.methods import CHECKPOINT, NOTICE, SEARCH, Method
from federation.model.evidence import CheckpointAnswer
from federation.model.notice import NoticeAnswer, NoticeRequest
from federation.model.refusal import Reason
from federation.model.retrieval import FileQuery
from federation.peer_loop import run_peer_loop
from federation.peers import Peers, Work
from federation.ports import Incoming
from federation.probing import PATIENCE_S, Prober, run_probe
from federation.rested import RestedPeers
from federation.testing import LocalNetwork
from tests import virtual_time
from tests.federation.samples import ANSWER, JIANGSU, QUERY, SHANGHAI, Posts

DEADLINE_S = 3.0
LONG_S = 300.0


@dataclass(slots=True)
class Answered:
    draft: Any


@dataclass
class Two:
    """Shanghai asks Jiangsu, with everything that keeps an eye on Jiangsu."""

    network: LocalNetwork = field(default_factory=LocalNetwork)
    health: Peers = field(default_factory=lambda: Peers([JIANGSU]))

    def __post_init__(self) -> None:
        posts = Posts()
        self.asking, self.answering = posts.of(SHANGHAI), posts.of(JIANGSU)
        answers: dict[Method, Any] = {
            SEARCH: ANSWER,
            CHECKPOINT: CheckpointAnswer(note="note"),
            NOTICE: NoticeAnswer(notice_id="n", fresh=True, received_ms=1),
        }
        handlers = {method.path: self._handler(answer) for method, answer in answers.items()}
        self.network.join(self.asking, {}, health=self.health)
        self.network.join(self.answering, handlers)
        self.raw = self.network.peers_of(SHANGHAI)
        self.unmade: list[tuple[str, str, str]] = []
        self.calls = RestedPeers(self.raw, self.health, lambda *what: self.unmade.append(what))
        self.prober = Prober(mail=self.asking, calls=self.calls, peers=self.health, new_id=lambda: "probe")

    def _handler(self, answer: Any) -> Any:
        async def handle(incoming: Incoming[Any]) -> Answered:
            return Answered(self.answering.draft_answer(self.answering.encode(answer), incoming))

        return handle

    async def ask(self, method: Method = SEARCH, message: Any = QUERY, timeout_s: float = DEADLINE_S) -> Any:
        draft = self.asking.draft_request(message, recipients=[JIANGSU], exchange_id="e1")
        return await self.calls.ask(JIANGSU, method, draft, self.asking.sign(draft), timeout_s)

    async def fetch(self) -> None:
        draft = self.asking.draft_request(
            FileQuery(apply_id="a", use_code="u", identifier="1"), recipients=[JIANGSU], exchange_id="e1"
        )
        async with aclosing(self.calls.fetch(JIANGSU, draft, self.asking.sign(draft), DEADLINE_S)) as items:
            async for _ in items:
                pass

    async def reason(self, **asked: Any) -> tuple[Reason, float]:
        """What a call came to, and after how many seconds."""
        start = now()
        with pytest.raises(PeerError) as caught:
            await self.ask(**asked)
        return caught.value.refusal.reason, now() - start

    @contextmanager
    def probed(self) -> Iterator[None]:
        """The prober runs."""
        task = asyncio.create_task(run_probe(JIANGSU, self.prober, Random(7)))
        yield
        task.cancel()


def now() -> float:
    return asyncio.get_running_loop().time()


def test_a_black_hole_costs_the_deadline_once_and_then_nothing() -> None:
    async def story() -> None:
        two = Two()
        two.network.silent(JIANGSU)

        assert await two.reason() == (Reason.PEER_TIMEOUT, DEADLINE_S)
        assert [await two.reason() for _ in range(3)] == [(Reason.PEER_DOWN, 0.0)] * 3
        assert len(two.network.calls) == 1
        assert two.unmade == [(JIANGSU, SEARCH.path, "PEER_DOWN")] * 3

    virtual_time.run(story)


def test_a_fan_out_that_gives_up_at_the_deadline_has_waited_too() -> None:
    async def story() -> None:
        two = Two()
        two.network.silent(JIANGSU)
        parts = await fan_out({JIANGSU: lambda _timeout_s: two.ask(timeout_s=DEADLINE_S)}, deadline_s=DEADLINE_S)

        assert parts[JIANGSU].refusal is not None
        assert two.health.down(JIANGSU)

    virtual_time.run(story)


def test_a_caller_who_goes_away_says_nothing_of_the_peer() -> None:
    async def story() -> None:
        two = Two()
        two.network.silent(JIANGSU)
        task = asyncio.create_task(two.ask())
        await asyncio.sleep(DEADLINE_S / 2)
        task.cancel()
        await asyncio.wait([task])

        assert two.health.up(JIANGSU)

    virtual_time.run(story)


@pytest.mark.parametrize(
    ("call", "made"),
    [
        pytest.param(lambda two: two.ask(), False, id="a search is not made"),
        pytest.param(lambda two: two.fetch(), False, id="nor a file fetched"),
        pytest.param(
            lambda two: two.ask(method=NOTICE, message=NoticeRequest(event=b"{}")), True, id="a notice is tried"
        ),
        pytest.param(lambda two: two.prober.look(JIANGSU), True, id="and a probe"),
    ],
)
def test_while_a_peer_is_known_to_be_down(call: Callable[[Two], Any], made: bool) -> None:
    async def story() -> None:
        two = Two()
        two.health.silent(JIANGSU, DEADLINE_S)
        if made:
            await call(two)
        else:
            with pytest.raises(PeerError) as caught:
                await call(two)
            assert caught.value.refusal.reason is Reason.PEER_DOWN

        assert len(two.network.calls) == made

    virtual_time.run(story)


@pytest.mark.parametrize("fault", ["silent", "down"])
def test_it_comes_back_by_itself(fault: str) -> None:
    async def story() -> None:
        two = Two()
        with two.probed():
            getattr(two.network, fault)(JIANGSU)
            await two.reason()
            await asyncio.sleep(LONG_S)
            assert await two.reason() == (Reason.PEER_DOWN, 0.0)

            two.network.up(JIANGSU)
            await asyncio.sleep(PATIENCE_S)
            assert (await two.ask()).message == ANSWER

    virtual_time.run(story)


def test_its_first_call_has_the_prober_look_which_finds_it() -> None:
    async def story() -> None:
        two = Two()
        with two.probed():
            two.network.silent(JIANGSU)
            await two.reason()
            await asyncio.sleep(LONG_S)
            two.network.up(JIANGSU)
            two.health.heard(JIANGSU)
            await asyncio.sleep(0.1)

            assert (await two.ask()).message == ANSWER

    virtual_time.run(story)


def test_where_only_the_way_there_is_cut_its_calls_do_not_bring_it_back() -> None:
    async def story() -> None:
        two = Two()
        with two.probed():
            two.network.silent(JIANGSU)
            await two.reason()
            for _ in range(10):
                await asyncio.sleep(DEADLINE_S)
                two.health.heard(JIANGSU)
                assert await two.reason() == (Reason.PEER_DOWN, 0.0)

    virtual_time.run(story)


def test_a_hurried_caller_has_the_prober_look_which_finds_out() -> None:
    async def story() -> None:
        two = Two()
        with two.probed():
            await asyncio.sleep(0)
            two.network.silent(JIANGSU)
            assert await two.reason(timeout_s=0.1) == (Reason.PEER_TIMEOUT, 0.1)
            await asyncio.sleep(DEADLINE_S)

            assert await two.reason() == (Reason.PEER_DOWN, 0.0)

    virtual_time.run(story)


def test_a_dead_peer_is_never_hammered_however_much_there_is_to_do_for_it() -> None:
    """A caller a second, and every loop woken as often: what goes out is a probe in five seconds or more, and each loop's own patience."""

    async def step(two: Two) -> None:
        await two.ask(method=NOTICE, message=NoticeRequest(event=b"{}"))

    async def story() -> None:
        two = Two()
        two.network.silent(JIANGSU)
        loops = [
            asyncio.create_task(
                run_peer_loop(
                    work=work,
                    peer=JIANGSU,
                    peers=two.health,
                    step=lambda _: step(two),
                    interval_s=1.0,
                    random=Random(3),
                )
            )
            for work in Work
            if work is not Work.PROBE
        ]
        with two.probed():
            for _ in range(300):
                await asyncio.sleep(1.0)
                for work in Work:
                    if work is not Work.PROBE:
                        two.health.wake(JIANGSU, work)
                if now() > 2 * DEADLINE_S:
                    assert await two.reason() == (Reason.PEER_DOWN, 0.0)
            probes = [call for call in two.network.calls if call.path == CHECKPOINT.path]

            assert len(probes) <= 300 / (PATIENCE_S / 2) + 8
            assert len(two.network.calls) - len(probes) <= len(loops) * (300 / 30 + 2)
        for loop in loops:
            loop.cancel()

    virtual_time.run(story)


def test_while_the_peer_answers_the_prober_is_silent() -> None:
    async def story() -> None:
        two = Two()
        with two.probed():
            await asyncio.sleep(LONG_S)

        assert two.network.calls == []

    virtual_time.run(story)
