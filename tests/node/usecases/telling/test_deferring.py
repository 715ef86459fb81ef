"""Deferrals: what the law says must wait is held, with its ground on record, and told afterwards. Clause 8.4."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.model.event import Event
from federation.model.notice import Addressee
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.deferrals import Deferral, Subject
from node.ports.notices import Letter, OutboxState
from node.usecases.telling.deferral_events import LONGEST
from node.usecases.telling.deferring import Wanted
from node.usecases.telling.holding import SLICE, hidden
from node.usecases.workshop.managers import Manager, Role
from tests.node.usecases.mesh import CALLER, JIANGSU, ZHEJIANG, Mesh, Province
from tests.node.usecases.telling.systems import APP, UNITS, Systems, hooks_of
from tests.node.usecases.test_notice import CERTIFICATE, drain, received, use

REVIEWER = Manager(account="wang.wu", roles=frozenset({Role.REVIEW}))
EDITOR = Manager(account="li.si", roles=frozenset({Role.EDIT}))


def wanted(mesh: Mesh, subject: str, **changes: Any) -> Wanted:
    fields: dict[str, Any] = {
        "kind": Subject.EXCHANGE,
        "law": "中华人民共和国个人信息保护法",
        "article": "第三十五条",
        "until": mesh.clock() + timedelta(days=30),
    }
    return Wanted(subject=subject, **{**fields, **changes})


def waiting(mesh: Mesh, target: str = JIANGSU) -> dict[str, int]:
    """How the notices of use from Zhejiang to a target stand; what tells of deferrals is left out."""
    notices = mesh.zhejiang.store.read.notices
    states = {state.value: notices.letters(target, state, None, 9_999) for state in OutboxState}
    counts = {state: sum(one.exchange + one.application != "" for one in items) for state, items in states.items()}
    return {state: count for state, count in counts.items() if count}


def apply_id(mesh: Mesh) -> str:
    """The application of the only use so far."""
    (entry,) = mesh.zhejiang.entries(type="RETRIEVE")
    return str(entry["apply"])


async def defer(province: Province, want: Wanted) -> tuple[Deferral, int]:
    return await province.deferrals.defer(REVIEWER, want)


async def by_word(mesh: Mesh, given: Deferral) -> None:
    await mesh.zhejiang.deferrals.release(REVIEWER, given.deferral_id)


async def by_time(mesh: Mesh, given: Deferral) -> None:
    mesh.clock.now = given.until
    await mesh.zhejiang.deferrals.end_due()


@pytest.mark.parametrize("end", [pytest.param(by_word, id="by a manager"), pytest.param(by_time, id="by its time")])
@pytest.mark.parametrize("kind", list(Subject))
async def test_a_notice_that_waits_is_held_and_goes_when_the_deferral_ends(
    mesh: Mesh, end: Callable[[Mesh, Deferral], Awaitable[None]], kind: Subject
) -> None:
    exchange_id = await use(mesh)
    subject = exchange_id if kind is Subject.EXCHANGE else apply_id(mesh)
    given, held = await defer(mesh.zhejiang, wanted(mesh, subject, kind=kind))
    await drain(mesh)
    before = received(mesh, JIANGSU), waiting(mesh)
    mesh.zhejiang.woken.clear()
    await end(mesh, given)
    await drain(mesh)

    assert held == 1
    assert before == ([], {"DEFERRED": 1})
    assert [one.exchange_id for one in received(mesh, JIANGSU)] == [exchange_id]
    assert JIANGSU in mesh.zhejiang.woken


async def test_a_use_under_a_deferred_application_is_held_from_the_beginning_and_the_issuer_is_told(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE)
    form = await mesh.wish(CERTIFICATE)
    await defer(mesh.zhejiang, wanted(mesh, form.apply_id, kind=Subject.APPLICATION))
    systems = Systems()
    hooks = hooks_of(mesh.zhejiang, systems, UNITS)
    await mesh.jiangsu.retrieval.data(CALLER, form)
    await drain(mesh)
    issuer_told = await hooks.deliver_next("units")

    assert (waiting(mesh), received(mesh, JIANGSU)) == ({"DEFERRED": 1}, [])
    assert [one.addressee for one in received(mesh, ZHEJIANG)] == [Addressee.ISSUER]
    assert issuer_told


async def test_the_home_province_holds_its_channel_back_too_and_shows_the_holder_nothing(mesh: Mesh) -> None:
    systems = Systems()
    hooks = hooks_of(mesh.jiangsu, systems, APP)
    exchange_id = await use(mesh)
    given, held = await defer(mesh.jiangsu, wanted(mesh, exchange_id))
    await drain(mesh)
    nouns = mesh.jiangsu.store.read
    passed, was_hidden = await hooks.deliver_next("app"), hidden(nouns, exchange_id, "", (), mesh.clock())
    await mesh.jiangsu.deferrals.release(REVIEWER, given.deferral_id)

    assert (held, passed, was_hidden) == (0, False, True)
    assert await hooks.deliver_next("app")
    assert not hidden(nouns, exchange_id, "", (), mesh.clock())


async def test_what_two_deferrals_hold_goes_when_both_have_ended(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    first, _ = await defer(mesh.zhejiang, wanted(mesh, exchange_id))
    second, _ = await defer(mesh.zhejiang, wanted(mesh, apply_id(mesh), kind=Subject.APPLICATION))
    _, freed = await mesh.zhejiang.deferrals.release(REVIEWER, first.deferral_id)
    still = waiting(mesh)
    _, then = await mesh.zhejiang.deferrals.release(REVIEWER, second.deferral_id)

    assert (freed, still, then) == (0, {"DEFERRED": 1}, 1)


async def test_more_letters_than_a_slice_are_all_held_and_all_go(mesh: Mesh) -> None:
    store, many = mesh.zhejiang.store, 2 * SLICE + 1
    event = Event(id="n", province=ZHEJIANG, type="t", time=mesh.clock().isoformat(), subject="", data={}).to_json()
    letter = Letter(target=JIANGSU, notice_id="", event=event, queued_at=mesh.clock(), application="a1")
    await store.transact(
        lambda nouns: [nouns.notices.enqueue(replace(letter, notice_id=f"n{one}")) for one in range(many)]
    )
    given, held = await defer(mesh.zhejiang, wanted(mesh, "a1", kind=Subject.APPLICATION))
    _, freed = await mesh.zhejiang.deferrals.release(REVIEWER, given.deferral_id)

    assert (held, freed, waiting(mesh)) == (many, many, {"PENDING": many})


async def test_what_was_told_stays_told(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    await drain(mesh)
    _, held = await defer(mesh.zhejiang, wanted(mesh, exchange_id))

    assert (held, waiting(mesh)) == (0, {"DELIVERED": 1})


async def test_ground_end_and_manager_are_on_record_the_manager_as_a_digest(mesh: Mesh) -> None:
    given, _ = await defer(mesh.zhejiang, wanted(mesh, "e1"))
    await mesh.zhejiang.deferrals.release(REVIEWER, given.deferral_id)
    (deferred,) = mesh.zhejiang.entries(type="NOTICE", step="deferred")
    (released,) = mesh.zhejiang.entries(type="NOTICE", step="released")

    assert (deferred["law"], deferred["article"], deferred["use"]) == (given.law, given.article, "e1")
    assert deferred["until"] == given.until.isoformat(timespec="seconds")
    assert deferred["manager"] == released["manager"] == mesh.zhejiang.vault.digest("manager", "wang.wu")


async def test_who_ends_one_that_is_over_changes_nothing(mesh: Mesh) -> None:
    given, _ = await defer(mesh.zhejiang, wanted(mesh, "e1"))
    await by_time(mesh, given)
    again, freed = await mesh.zhejiang.deferrals.release(REVIEWER, given.deferral_id)

    assert (again.ended_by, freed) == ("", 0)
    assert len(mesh.zhejiang.entries(type="NOTICE", step="released")) == 1


@pytest.mark.parametrize(
    ("manager", "changes", "reason"),
    [
        pytest.param(EDITOR, {}, Reason.NOT_AUTHORISED, id="a manager who does not review"),
        pytest.param(REVIEWER, {"law": "  "}, Reason.BAD_PARAMETER, id="no law"),
        pytest.param(REVIEWER, {"article": ""}, Reason.BAD_PARAMETER, id="no article"),
        pytest.param(REVIEWER, {"article": "一" * 101}, Reason.BAD_PARAMETER, id="a treatise"),
        pytest.param(REVIEWER, {"article": "11010519491231002X"}, Reason.BAD_PARAMETER, id="a person's number"),
        pytest.param(REVIEWER, {"law": "a\nb"}, Reason.BAD_PARAMETER, id="two lines"),
        pytest.param(REVIEWER, {"subject": "张三"}, Reason.BAD_PARAMETER, id="a subject that is no id"),
        pytest.param(REVIEWER, {"in_days": 0}, Reason.BAD_PARAMETER, id="an end that is now"),
        pytest.param(REVIEWER, {"in_days": LONGEST.days + 1}, Reason.BAD_PARAMETER, id="an end too far away"),
    ],
)
async def test_a_deferral_without_ground_end_or_right_is_refused(
    mesh: Mesh, manager: Manager, changes: dict[str, Any], reason: Reason
) -> None:
    in_days = changes.get("in_days", 30)
    changes = {name: value for name, value in changes.items() if name != "in_days"}
    want = replace(wanted(mesh, "e1", until=mesh.clock() + timedelta(days=in_days)), **changes)
    with pytest.raises(RefusedError) as caught:
        await mesh.zhejiang.deferrals.defer(manager, want)

    assert caught.value.refusal.reason is reason
    assert mesh.zhejiang.store.read.deferrals.count() == 0
    (entry,) = mesh.zhejiang.entries(type="NOTICE", step="refused")
    assert (entry["refusal"]["reason"], "manager" in entry, manager.account in str(entry)) == (
        reason.value,
        True,
        False,
    )
    assert not {str(one) for one in changes.values() if isinstance(one, str) and one.strip()} & set(
        str(entry).split("'")
    )


async def test_a_deferral_that_there_is_not_cannot_be_ended(mesh: Mesh) -> None:
    with pytest.raises(RefusedError) as unknown:
        await mesh.zhejiang.deferrals.release(REVIEWER, "d9")
    with pytest.raises(RefusedError) as unauthorised:
        await mesh.zhejiang.deferrals.release(EDITOR, "d9")

    assert (unknown.value.refusal.reason, unauthorised.value.refusal.reason) == (
        Reason.NO_RECORD,
        Reason.NOT_AUTHORISED,
    )
    said = [one["refusal"]["reason"] for one in mesh.zhejiang.entries(type="NOTICE", step="refused")]
    assert said == ["NO_RECORD", "NOT_AUTHORISED"]


async def test_a_deferral_that_was_not_asked_for_holds_nothing(mesh: Mesh) -> None:
    await defer(mesh.zhejiang, wanted(mesh, "another"))
    await use(mesh)

    assert mesh.zhejiang.store.read.notices.letters(JIANGSU, OutboxState.PENDING, None, 9)
