"""A use code works exactly once per permitted use: a thousand at once, repeats, and what a repeated exchange is answered. DESIGN §2.5."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from federation.model.application import Result, Verdict
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.store import Store
from node.storage.memory import MemoryStore
from tests.node.storage.samples import sign
from tests.node.usecases.listed import JIANGSU
from tests.node.usecases.redeeming import (
    HELD,
    SOMEBODYS,
    Clock,
    Consumer,
    ZhejiangNode,
    furnished,
    opened,
    query,
    wanted,
    word,
)

AT_ONCE = 1_000
REPEATS = 250


class Stand:
    """A furnished provider, a consumer, and a verdict between them."""

    def __init__(self, node: ZhejiangNode, consumer: Consumer, verdict: Verdict) -> None:
        self.node, self.consumer, self.verdict = node, consumer, verdict

    async def use(self, exchange_id: str, **changes: str) -> str:
        """One message, sealed anew."""
        try:
            answer = await self.node.data(self.consumer.sealed(query(self.verdict, **changes), exchange_id))  # type: ignore[arg-type]
        except RefusedError as error:
            return error.refusal.reason.value
        return word(answer)

    def granted(self) -> list[dict[str, object]]:
        """The entries of uses that were granted, repeats left out."""
        entries = [json.loads(one.entry) for one in self.node.store.read.evidence.entries(0, 100_000)]
        uses = [one for one in entries if one["type"] == "RETRIEVE" and "refusal" not in one]
        return [one for one in uses if not one.get("repeated")]


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    made: Store = MemoryStore(sign_checkpoint=sign) if request.param == "memory" else await opened(tmp_path / "node.db")
    yield made
    await made.close()


@pytest.fixture
async def stand(store: Store) -> Stand:
    clock = Clock()
    node, consumer = await furnished(store, clock), Consumer(clock)
    verdict = await node.verdict(consumer.sealed(wanted(), "x-apply"))
    assert verdict.result is Result.PASS
    return Stand(node, consumer, verdict)


async def test_of_a_thousand_that_redeem_a_use_code_at_once_one_succeeds(stand: Stand) -> None:
    answers = await asyncio.gather(*(stand.use(f"x-{number}") for number in range(AT_ONCE)))
    (use,) = stand.granted()
    notices = stand.node.store.read.notices

    assert Counter(answers) == {"granted": 1, Reason.USE_CODE_SPENT: AT_ONCE - 1}
    assert answers.index("granted") == int(str(use["exchange"]).removeprefix("x-"))
    assert sum(notices.outbox_counts().values()) + notices.received_count() == 2, "told once to issuer and holder"


async def test_all_repeats_of_one_exchange_get_the_answer_and_one_use_is_spent(stand: Stand) -> None:
    answers = await asyncio.gather(*(stand.use("x-1") for _ in range(REPEATS)))

    assert Counter(answers) == {"granted": REPEATS}
    assert len(stand.granted()) == 1


async def test_two_counters_at_once_with_many_repeats_each_have_one_winner_for_each_use(stand: Stand) -> None:
    """Two exchanges fight for one use, each repeated: every repeat hears what its exchange heard first."""
    calls = [(f"x-{number % 2}", stand.use(f"x-{number % 2}")) for number in range(100)]
    heard = list(zip([one for one, _ in calls], await asyncio.gather(*(call for _, call in calls)), strict=True))
    by_exchange = {exchange: {answer for one, answer in heard if one == exchange} for exchange in ("x-0", "x-1")}

    assert sorted(map(sorted, by_exchange.values())) == [[Reason.USE_CODE_SPENT], ["granted"]]


async def test_a_code_is_for_its_application_holder_and_certificate_only(stand: Stand) -> None:
    other = await stand.node.verdict(stand.consumer.sealed(wanted("a-2"), "x-apply-2"))
    answers = [
        await stand.use("x-1", identifier=SOMEBODYS.identifier),
        await stand.use("x-2", use_code=other.use_code),
        await stand.use("x-3", apply_id="a-3"),
        await stand.use("x-4", use_code=""),
        await stand.use("x-5"),
    ]

    assert answers == [Reason.NO_RECORD, *[Reason.USE_CODE_SPENT] * 3, "granted"]


async def test_what_is_refused_spends_nothing(stand: Stand) -> None:
    await stand.use("x-1", use_code="0" * 64)
    spent = await stand.node.store.transact(
        lambda nouns: nouns.applications.redeem(
            consumer=JIANGSU, apply_id="a-1", identifier=HELD.identifier, output="DATA", period=0, exchange_id="x-free"
        )
    )

    assert spent == "x-free"
