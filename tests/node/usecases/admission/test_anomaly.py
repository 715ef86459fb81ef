"""Anomaly stop: who walks through holders, guesses at matters or is busy at night is paused, for a while, on record, and nobody else is."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.model.application import Holder, Operator
from federation.model.refusal import Reason, Refusal
from node.library.holder import make_credit_code
from node.ports.alarms import StoredAlarm
from node.ports.store import Store
from node.storage.memory import MemoryStore
from node.usecases.admission.anomaly import AnomalyRules, Pauses, Watch
from node.usecases.admission.case import Case, case_of
from node.usecases.admission.limits import Side
from node.usecases.record import Recorder
from node.vault import Vault
from tests.node.storage.samples import sign
from tests.node.usecases.listed import JIANGSU, NOW, ZHEJIANG, application, line, standard

VAULT = Vault(b"v" * 32, "5a" * 32)
MISFIT = Refusal(reason=Reason.MATTER_MISMATCH, detail="itemCode or businessCode")
NIGHT = datetime(2026, 7, 1, 15, 30, tzinfo=UTC)  # 23:30 in Beijing
DAY = datetime(2026, 7, 1, 2, 30, tzinfo=UTC)
OTHER = Operator(account="clerk-8", name="经办人")


def holder(number: int) -> Holder:
    return Holder(code=make_credit_code("91", "320000", f"{number:09}"), type_code="001", name="样例")


class Stand:
    """One side's watch over a store of its own, and the case of the n-th holder."""

    def __init__(self, side: Side = Side.PROVIDER, **bounds: Any) -> None:
        self.store: Store = MemoryStore(sign_checkpoint=sign)
        self.alarms: list[StoredAlarm] = []
        self._count = 0
        self.watch = Watch(
            side=side,
            rules=AnomalyRules(**bounds),
            vault=VAULT,
            recorder=Recorder(ZHEJIANG, lambda: NOW),
            new_id=self._new_id,
            raised=self.alarms.append,
        )

    def _new_id(self) -> str:
        self._count += 1
        return f"alarm-{self._count}"

    async def case(self, number: int = 1, now: datetime = DAY, consumer: str = JIANGSU, **asked: Any) -> Case:
        held = await standard([line()])
        one = application(holder=holder(number), **asked)
        return case_of(held, one, consumer=consumer, provider=ZHEJIANG, here=ZHEJIANG, now=now)

    async def count(self, *about: Any, **asked: Any) -> Refusal | None:
        case = await self.case(*about, **asked)
        return await self.store.transact(lambda nouns: self.watch.count(nouns, case))

    async def misfit(self, refusal: Refusal = MISFIT, *about: Any, **asked: Any) -> Refusal:
        case = await self.case(*about, **asked)
        return await self.store.transact(lambda nouns: self.watch.misfit(nouns, case, refusal))


def stopped(detail: str, wait: int = 900) -> Refusal:
    return Refusal(reason=Reason.ANOMALY_STOPPED, detail=detail, retry_after_s=wait)


async def test_one_holder_too_many_in_a_minute_pauses_the_operator() -> None:
    stand = Stand(holders_per_minute=3)
    answers = [await stand.count(number) for number in range(5)]

    assert answers == [None, None, None, stopped("holders: 3"), stopped("holders: 3")]
    assert [one.kind for one in stand.alarms] == ["holders"], "one alarm, however often is asked"


async def test_the_same_holder_again_and_again_is_no_anomaly() -> None:
    stand = Stand(holders_per_minute=1, night_holders_per_hour=1)

    assert [await stand.count(1, NIGHT) for _ in range(10)] == [None] * 10


async def test_a_new_minute_begins_at_nought() -> None:
    stand = Stand(holders_per_minute=1)

    assert await stand.count(1, DAY) is None
    assert await stand.count(2, DAY + timedelta(minutes=1)) is None
    assert await stand.count(3, DAY + timedelta(minutes=1)) == stopped("holders: 1")


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        pytest.param(NIGHT, stopped("night: 2"), id="at half past eleven in the evening"),
        pytest.param(datetime(2026, 7, 1, 21, 59, tzinfo=UTC), stopped("night: 2"), id="a minute before six"),
        pytest.param(datetime(2026, 7, 1, 22, 0, tzinfo=UTC), None, id="at six in the morning"),
        pytest.param(datetime(2026, 7, 1, 13, 59, tzinfo=UTC), None, id="a minute before ten in the evening"),
    ],
)
async def test_many_holders_in_an_hour_stand_out_at_night_only(now: datetime, answer: Refusal | None) -> None:
    stand = Stand(night_holders_per_hour=2)
    answers = [await stand.count(number, now - timedelta(minutes=2 - number)) for number in range(2)]

    assert answers == [None, None]
    assert await stand.count(2, now) == answer


@pytest.mark.parametrize(
    ("refusal", "counted"),
    [
        pytest.param(MISFIT, True, id="another matter or type"),
        pytest.param(Refusal(reason=Reason.OUT_OF_SCOPE, detail="itemCode"), True, id="a matter of somebody else"),
        pytest.param(Refusal(reason=Reason.USE_LIST_SUSPENDED), False, id="a line that is suspended"),
        pytest.param(Refusal(reason=Reason.LIMIT_REACHED), False, id="a limit"),
        pytest.param(Refusal(reason=Reason.TYPE_NOT_OFFERED), False, id="a type that is not offered"),
    ],
)
async def test_what_does_not_fit_is_counted_and_other_refusals_are_not(refusal: Refusal, counted: bool) -> None:
    stand = Stand(mismatches_per_hour=2)
    answers = [await stand.misfit(refusal, n) for n in range(3)]

    assert answers == [refusal, refusal, stopped("mismatches: 2") if counted else refusal]


async def test_a_pause_ends_by_itself_and_names_the_seconds_until_then() -> None:
    stand = Stand(holders_per_minute=1, pause=timedelta(minutes=5))
    await stand.count(1)
    await stand.count(2)

    assert await stand.count(1, DAY + timedelta(minutes=4)) == stopped("holders: 1", 60)
    assert await stand.count(1, DAY + timedelta(minutes=5)) is None


async def test_what_does_not_fit_either_is_answered_with_the_pause() -> None:
    """Who is paused learns nothing more about the lines."""
    stand = Stand(holders_per_minute=1)
    await stand.count(1)
    await stand.count(2)

    assert await stand.misfit() == stopped("holders: 1")


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"operator": OTHER}, id="another operator"),
        pytest.param({"consumer": "340000"}, id="the same account of another province"),
    ],
)
async def test_nobody_else_is_paused(asked: dict[str, Any]) -> None:
    stand = Stand(holders_per_minute=1)
    await stand.count(1)
    await stand.count(2)

    assert await stand.count(3, **asked) is None


async def test_without_bounds_nothing_is_counted() -> None:
    stand = Stand()
    answers = [await stand.count(number, NIGHT) for number in range(50)]

    assert answers == [None] * 50
    assert await stand.misfit() == MISFIT


async def test_a_unit_that_fails_raises_no_alarm_and_pauses_nobody() -> None:
    stand = Stand(holders_per_minute=1)
    await stand.count(1)
    case = await stand.case(2)

    def failing(nouns: Any) -> None:
        assert stand.watch.count(nouns, case) is not None
        raise KeyError

    with pytest.raises(KeyError):
        await stand.store.transact(failing)
    assert stand.store.read.alarms.page("", None, 9) == []
    assert stand.watch.look(stand.store.read, case) is None


async def test_a_pause_is_found_again_after_a_restart() -> None:
    stand = Stand(holders_per_minute=1)
    await stand.count(1)
    await stand.count(2)
    pauses = Pauses()
    again = replace(stand.watch, pauses=pauses)
    case = await stand.case(1)
    before = again.look(stand.store.read, case)
    pauses.load(stand.store.read)

    assert (before, again.look(stand.store.read, case)) == (None, stopped("holders: 1"))


async def test_an_alarm_is_on_record_without_the_account_or_the_holder() -> None:
    stand = Stand(holders_per_minute=1)
    await stand.count(1)
    await stand.count(2)
    (entry,) = [json.loads(one.entry) for one in stand.store.read.evidence.entries(0, 10)]
    (kept,) = stand.store.read.alarms.page("", None, 9)
    case = await stand.case(2)
    holder_ = case.application.holder

    assert (entry["type"], entry["kind"], entry["limit"], entry["consumer"]) == ("ALARM", "holders", 1, JIANGSU)
    assert kept.operator == VAULT.operator(JIANGSU, case.application.operator.account)
    for told in (json.dumps(entry), str(kept)):
        assert case.application.operator.account not in told
        assert holder_.code not in told


@given(st.datetimes(timezones=st.just(UTC)), st.times(), st.times())
def test_night_is_between_its_two_times_also_across_midnight(now: datetime, first: time, last: time) -> None:
    """The other way round the same two times part day from night."""
    there = AnomalyRules(night=(first, last)).is_night(now)
    other = AnomalyRules(night=(last, first)).is_night(now)

    assert (there is not other) if first != last else not (there or other)
