"""What time brings: a day that ends, and the calendar that says which. P5."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from node.errors import RefusedError
from node.ports.objections import CaseState, Part
from node.ports.signing import Signatory
from node.usecases.objection import claims
from node.usecases.objection.shown import DUE_UNKNOWN, summary
from node.usecases.objection.signing import CaseSigner
from tests.node.usecases.mesh import ANHUI, CALLER, JIANGSU, ZHEJIANG, Clock, Mesh
from tests.node.usecases.objection.cases import MANAGER, Bureau, Bureaus
from tests.node.usecases.objection.test_refused import held, signed_by, tell
from tests.node.usecases.objection.test_story import use_at
from trust.errors import CustodyError
from trust.objection import Raised

FRIDAY = datetime(
    2026, 9, 18, 15, 30, tzinfo=UTC
)  # 23:30 in Beijing; the Sunday after it is worked, Friday 25 to Sunday 27 are free
WAITS = (CaseState.OPEN, CaseState.CHECKING)


@pytest.fixture
async def mesh(tmp_path: Path) -> Bureaus:
    """At a time of the tests' choosing: identities and lists of the fixture do not depend on it."""
    clocks = dict.fromkeys(("310000", "320000", "330000", "340000"), Clock(now=FRIDAY))
    one = Mesh(tmp_path, clocks=clocks)
    one.clock = clocks[JIANGSU]
    return await Bureaus(await one.ready()).ready()


async def test_the_due_day_is_the_fifth_working_day_of_beijing(mesh: Bureaus) -> None:
    raised = await mesh.raised()

    assert (raised.due, raised.due_known) == ("2026-09-24", True)


@pytest.mark.parametrize(
    ("hours", "overdue"),
    [
        pytest.param(5 * 24 + 24, False, id="on the last day, half an hour before its end"),
        pytest.param(5 * 24 + 25, True, id="half an hour after its end"),
    ],
)
async def test_a_case_is_overdue_when_its_day_has_ended_in_beijing(mesh: Bureaus, hours: int, *, overdue: bool) -> None:
    raised = await mesh.raised()
    mesh.mesh.clock.move(hours=hours)
    (seen,) = await mesh.jiangsu.office.show(CALLER, raised.objection_id)

    assert seen.overdue is overdue


async def test_what_is_overdue_is_escalated_once_on_both_sides_and_counted_until_it_ends(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    for one in (mesh.jiangsu, mesh.zhejiang):
        await one.watch.look()
        assert one.entries("overdue") == []
    mesh.mesh.clock.move(days=7)
    for one in (mesh.jiangsu, mesh.zhejiang):
        for _ in range(2):
            await one.watch.look()
        (entry,) = one.entries("overdue")
        assert (entry["objection"], entry["due"]) == (raised.objection_id, raised.due)

    today = date(2026, 9, 26)
    owner, raiser = (summary(one.province.store.read, today) for one in (mesh.zhejiang, mesh.jiangsu))
    assert (owner["owner"]["open"], owner["owner"]["overdue"], raiser["raiser"]["overdue"]) == (1, 1, 1)
    (listed,) = mesh.zhejiang.desk.page(WAITS, Part.OWNER, None, 9)["objections"]
    assert listed["overdue"]

    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "登记无误")
    assert summary(mesh.zhejiang.province.store.read, today)["owner"]["overdue"] == 0
    assert summary(mesh.zhejiang.province.store.read, today)["untold"] == {JIANGSU: 1}


async def test_the_owners_time_begins_when_it_has_the_case(mesh: Bureaus) -> None:
    raised = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")
    mesh.mesh.clock.move(days=7)  # Zhejiang was down so long, holidays among it: past the signed day
    await mesh.jiangsu.watch.look()
    await mesh.jiangsu.tell(ZHEJIANG)
    await mesh.zhejiang.watch.look()
    (listed,) = mesh.zhejiang.desk.page(WAITS, Part.OWNER, None, 9)["objections"]
    (seen,) = await mesh.jiangsu.office.show(CALLER, raised.objection_id)

    assert mesh.zhejiang.entries("overdue") == []
    assert [one["delivered"] for one in mesh.jiangsu.entries("overdue")] == [False]
    assert (listed["due"], listed["overdue"], listed["received_at"][:10]) == ("2026-10-09", False, "2026-09-25")
    assert (seen.due, seen.overdue) == ("2026-10-09", False)
    assert (await mesh.zhejiang.desk.show(MANAGER, raised.objection_id))["signed_due"] == raised.due == "2026-09-24"


async def test_a_case_that_was_dated_back_makes_nobody_late(mesh: Bureaus) -> None:
    raised = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")
    (first,) = held(mesh.jiangsu, raised.objection_id)
    assert isinstance(first.record, Raised)
    old = FRIDAY - timedelta(days=400)
    dated = replace(
        first.record, id="09" * 16, raised=old.isoformat(), due=(old + timedelta(days=7)).date().isoformat()
    )
    opening = claims.kept(mesh.mesh.jiangsu.store.read, mesh.mesh.jiangsu.vault, first.record.claim)
    await tell(mesh.jiangsu, ZHEJIANG, signed_by(mesh.jiangsu, dated), opening=opening)
    await mesh.zhejiang.watch.look()

    assert mesh.zhejiang.state("09" * 16) == "OPEN"
    assert mesh.zhejiang.entries("overdue") == []


async def test_a_province_that_was_told_of_a_case_sees_that_it_is_late(mesh: Bureaus) -> None:
    await use_at(mesh, ANHUI)
    await mesh.raised()
    await mesh.zhejiang.tell(ANHUI)
    mesh.mesh.clock.move(days=7)
    await mesh.anhui.watch.look()

    assert [one["part"] for one in mesh.anhui.entries("overdue")] == ["TOLD"]
    assert summary(mesh.anhui.province.store.read, date(2026, 9, 26))["told"]["overdue"] == 1


async def locked(_: bytes) -> bytes:
    raise CustodyError("LOGGED_OUT", "log in")


def without_key(one: Bureau) -> CaseSigner:
    """The province's key is kept by a module that nobody has logged in to."""
    return CaseSigner(signing=lambda: Signatory(certificate=one.province.identity.signing_certificate, sign=locked))


async def test_a_key_that_cannot_sign_now_keeps_no_case_from_being_escalated(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    await mesh.jiangsu.office.withdraw(CALLER, raised.objection_id)
    await mesh.jiangsu.tell(ZHEJIANG)
    mesh.mesh.clock.move(days=7)
    watch = mesh.zhejiang.watch
    await replace(watch, mover=replace(watch.mover, signer=without_key(mesh.zhejiang))).look()

    assert (mesh.zhejiang.state(raised.objection_id), len(mesh.zhejiang.entries("overdue"))) == ("OPEN", 1)
    await watch.look()
    assert mesh.zhejiang.state(raised.objection_id) == "WITHDRAWN"


async def test_a_key_that_cannot_sign_now_is_a_refusal_on_record(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    office = replace(mesh.jiangsu.office, signer=without_key(mesh.jiangsu))
    for attempt in (office.raise_(CALLER, mesh.form(), "other"), office.withdraw(CALLER, raised.objection_id)):
        with pytest.raises(RefusedError, match="OVERLOADED"):
            await attempt

    reasons = [one["refusal"]["reason"] for one in mesh.jiangsu.entries("refused")]
    assert reasons == ["OVERLOADED", "OVERLOADED"]


async def test_a_day_in_a_year_without_published_holidays_is_counted_by_weekdays_and_says_so(mesh: Bureaus) -> None:
    mesh.mesh.clock.now = datetime(2026, 12, 30, 2, 0, tzinfo=UTC)
    raised = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")

    assert (raised.due, raised.due_known) == ("2027-01-06", False)
    (listed,) = mesh.jiangsu.desk.page(WAITS, None, None, 9)["objections"]
    assert listed["due_note"] == DUE_UNKNOWN


async def test_the_list_comes_page_by_page_the_one_due_first_before_others(mesh: Bureaus) -> None:
    late = await mesh.raised("k1")
    mesh.mesh.clock.move(days=3)
    later = [await mesh.jiangsu.office.raise_(CALLER, mesh.form(), key) for key in ("k2", "k3")]
    first = mesh.jiangsu.desk.page(WAITS, None, None, 2)
    due, _, last = first["next"].partition("/")
    rest = mesh.jiangsu.desk.page(WAITS, None, (due, last), 2)

    ids = [one["id"] for page in (first, rest) for one in page["objections"]]
    assert ids == [late.objection_id, *sorted(one.objection_id for one in later)]
    assert rest["next"] == ""
    assert {one["owner"] for one in first["objections"]} == {ZHEJIANG}
