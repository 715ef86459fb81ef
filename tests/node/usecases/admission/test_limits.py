"""Limits: exact over windows, durable, counted nowhere where one of them refuses, and silent about who asked."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.application import Operator
from federation.model.refusal import Reason, Refusal
from node.ports.store import Store
from node.storage.memory import MemoryStore
from node.storage.sqlite import open_sqlite
from node.usecases.admission.case import Case, case_of
from node.usecases.admission.limits import Limiter, NodeLimits, Scope, Side, window_start
from node.usecases.lists import Lists
from node.vault import Vault
from tests.node.storage.samples import sign
from tests.node.usecases.listed import JIANGSU, NOW, ORG, ZHEJIANG, application, decision, line, standard

VAULT = Vault(b"v" * 32, "5a" * 32)
LIMITED: dict[str, Any] = {"status": "LIMITED", "daily_limit": 3, "rate_per_minute": 2}


def limiter(side: Side = Side.PROVIDER, **limits: Any) -> Limiter:
    return Limiter(side=side, limits=NodeLimits(**limits), vault=VAULT)


async def lines(**limits: Any) -> Lists:
    listed = line(**{name: value for name, value in limits.items() if name != "status"})
    return await standard([listed])


def case(held: Lists, now: datetime = NOW, provider: str = ZHEJIANG, **asked: Any) -> Case:
    return case_of(held, application(**asked), consumer=JIANGSU, provider=provider, here=provider, now=now)


async def count(store: Store, one: Limiter, made: Case) -> Refusal | None:
    return await store.transact(lambda nouns: one.count(nouns, made))


@pytest.mark.parametrize(
    ("now", "minute", "day"),
    [
        pytest.param(
            "2026-06-30T15:59:59.999+00:00", "2026-06-30T15:59", "2026-06-29T16:00", id="before midnight there"
        ),
        pytest.param("2026-06-30T16:00:00+00:00", "2026-06-30T16:00", "2026-06-30T16:00", id="midnight in Beijing"),
        pytest.param("2026-01-01T00:00:00+00:00", "2026-01-01T00:00", "2025-12-31T16:00", id="New Year in UTC"),
    ],
)
def test_windows_are_the_calendar_minute_and_the_day_of_beijing(now: str, minute: str, day: str) -> None:
    moment = datetime.fromisoformat(now)

    assert window_start(Scope.LINE_MINUTE, moment) == datetime.fromisoformat(f"{minute}+00:00")
    assert window_start(Scope.LINE_DAY, moment) == datetime.fromisoformat(f"{day}+00:00")


@pytest.mark.parametrize(
    ("limits", "of_node", "scope", "wait"),
    [
        pytest.param({"rate_per_minute": 2}, {}, "line/minute: 2", 45, id="of the line a minute"),
        pytest.param({"daily_limit": 2}, {}, "line/day: 2", 45 + 11 * 3600 + 59 * 60, id="of the line a day"),
        pytest.param({}, {"unit_per_day": 2}, "unit/day: 2", 45 + 11 * 3600 + 59 * 60, id="of the unit"),
        pytest.param({}, {"operator_per_minute": 2}, "operator/minute: 2", 45, id="of the operator"),
        pytest.param({}, {"peer_per_minute": 2}, "peer/minute: 2", 45, id="of the peer"),
        pytest.param(
            {"rate_per_minute": 2, "daily_limit": 2},
            {},
            "line/day: 2",
            45 + 11 * 3600 + 59 * 60,
            id="of two full ones the one that takes longer",
        ),
    ],
)
async def test_the_third_is_refused_with_the_seconds_until_the_window_ends(
    limits: dict[str, Any], of_node: dict[str, Any], scope: str, wait: int
) -> None:
    store, one, held = MemoryStore(), limiter(Side.PROVIDER, **of_node), await lines(**limits)
    made = case(held, NOW + timedelta(seconds=15))
    refusals = [await count(store, one, made) for _ in range(3)]

    assert refusals == [None, None, Refusal(reason=Reason.LIMIT_REACHED, detail=scope, retry_after_s=wait)]


async def test_the_lower_limit_of_line_and_provider_counts_at_the_provider_and_the_lines_own_at_the_consumer() -> None:
    listed = line(rate_per_minute=5)
    held = await standard([listed], decisions=[decision(listed, status="LIMITED", rate_per_minute=1)])
    store, there = MemoryStore(), case(held)
    own = case_of(held, application(), consumer=JIANGSU, provider="", here=JIANGSU, now=NOW)

    assert [(await count(store, limiter(), there)) is None for _ in range(2)] == [True, False]
    assert [(await count(store, limiter(Side.CONSUMER), own)) is None for _ in range(6)] == [True] * 5 + [False]


async def test_a_new_window_begins_at_nought() -> None:
    store, one, held = MemoryStore(), limiter(), await lines(rate_per_minute=1)

    assert await count(store, one, case(held)) is None
    assert await count(store, one, case(held, NOW + timedelta(seconds=59))) is not None
    assert await count(store, one, case(held, NOW + timedelta(seconds=60))) is None


async def test_nothing_is_counted_where_one_limit_refuses() -> None:
    store, one, held = MemoryStore(), limiter(operator_per_minute=1), await lines(daily_limit=2)
    other = Operator(account="clerk-8", name="经办人")

    assert await count(store, one, case(held)) is None
    assert all([await count(store, one, case(held)) is not None for _ in range(5)])
    assert await count(store, one, case(held, operator=other)) is None, "the day's second place was not spent"
    assert (await count(store, one, case(held, operator=Operator(account="x", name="y")))) is not None


async def test_looking_counts_nothing_and_says_the_same() -> None:
    store, one, held = MemoryStore(), limiter(), await lines(rate_per_minute=1)

    assert [one.look(store.read, case(held)) for _ in range(3)] == [None] * 3
    assert await count(store, one, case(held)) is None
    assert one.look(store.read, case(held)) == await count(store, one, case(held))


async def test_other_lines_units_operators_and_peers_are_not_held_up() -> None:
    listed = [line(rate_per_minute=1), line(use_list_id="JS-2", rate_per_minute=1)]
    held = await standard(listed)
    store, one = MemoryStore(), limiter(unit_per_day=1, operator_per_minute=1)
    asked: dict[str, Any] = {
        "use_list_id": "JS-2",
        "use_org_code": "other",
        "operator": Operator(account="b", name="b"),
    }

    assert await count(store, one, case(held)) is None
    assert await count(store, one, case(held, **asked)) is None


async def test_an_own_application_is_nobodys_peer() -> None:
    store, held = MemoryStore(), await lines()
    own = [await count(store, limiter(peer_per_minute=1), case(held, provider=JIANGSU)) for _ in range(3)]

    assert own == [None] * 3


async def test_no_account_stands_in_a_counter_or_in_a_refusal() -> None:
    store, one, held = MemoryStore(), limiter(operator_per_minute=1), await lines()
    refusals = [await count(store, one, case(held)) for _ in range(2)]

    assert "clerk-7" not in repr(store.read.usage._counters._rows)  # type: ignore[attr-defined]
    assert "clerk-7" not in repr(refusals)


async def test_metrics_hear_of_refusals_by_side_and_scope_alone() -> None:
    heard: list[tuple[str, str]] = []
    one = Limiter(
        side=Side.CONSUMER,
        limits=NodeLimits(unit_per_day=1),
        vault=VAULT,
        refused=lambda side, scope: heard.append((side, scope)),
    )
    store, held = MemoryStore(), await lines()
    for _ in range(3):
        await count(store, one, case(held))

    assert heard == [("consumer", "unit/day")] * 2


OPERATORS = [Operator(account=f"clerk-{n}", name="n") for n in range(3)]
STEP = st.tuples(st.integers(0, 90), st.sampled_from(OPERATORS), st.sampled_from(("JS-1", "JS-2")))
START = datetime(2026, 6, 30, 15, 57, tzinfo=UTC)  # three minutes before a new day in Beijing


@settings(deadline=None, max_examples=25)
@given(
    groups=st.lists(st.lists(STEP, min_size=1, max_size=12), max_size=5),
    limits=st.tuples(*[st.integers(0, 6) for _ in range(4)]),
)
def test_counters_are_those_of_a_model_whatever_runs_side_by_side_and_over_restarts(
    groups: list[list[tuple[int, Operator, str]]], limits: tuple[int, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("limits")

    async def run() -> None:
        per_day, per_minute, of_unit, of_operator = limits
        listed = [line(use_list_id=one, daily_limit=per_day, rate_per_minute=per_minute) for one in ("JS-1", "JS-2")]
        held = await standard(listed)
        one = limiter(unit_per_day=of_unit, operator_per_minute=of_operator)
        model, now = Counter[tuple[str, str, datetime]](), START
        for group in groups:
            store = await open_sqlite(folder / "node.db", sign_checkpoint=sign)
            cases = []
            for seconds, operator, line_id in group:
                now += timedelta(seconds=seconds)
                cases.append(case(held, now, operator=operator, use_list_id=line_id))
            try:
                answers = await asyncio.gather(*(count(store, one, made) for made in cases))
            finally:
                await store.close()
            assert [answer is None for answer in answers] == [_admits(model, made, limits) for made in cases]

    asyncio.run(run())


def _admits(model: Counter[tuple[str, str, datetime]], made: Case, limits: tuple[int, ...]) -> bool:
    """The rule in three lines: every window that has a limit has a place left, then each of them has one less."""
    asked, minute = made.application, made.now.replace(second=0, microsecond=0)
    day = datetime.fromisoformat(f"{made.today}T00:00:00+08:00")
    keys = [
        ("line a day", asked.use_list_id, day),
        ("line a minute", asked.use_list_id, minute),
        ("unit", ORG, day),
        ("operator", asked.operator.account, minute),
    ]
    bounded = [(key, limit) for key, limit in zip(keys, limits, strict=True) if limit]
    if any(model[key] >= limit for key, limit in bounded):
        return False
    model.update(key for key, _ in bounded)
    return True
