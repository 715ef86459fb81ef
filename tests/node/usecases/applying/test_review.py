"""Manual review over provinces: it waits, a person decides, the same application asked again brings the answer; nothing else changes it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from federation.methods import SUBMIT
from federation.model.application import Application, Result, Verdict
from federation.model.application import Kind as Kept
from federation.model.refusal import Reason
from federation.model.search import Completeness, Outcome
from federation.model.uselist import MANUAL
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.lists import Kind
from node.ports.reviews import ReviewState, StoredReview
from node.ports.services import ProvinceVerdict, Submitted
from node.ports.store import Nouns
from node.usecases.applying.review import ReviewDesk, id_of, masked, masked_name
from node.usecases.applying.review_queue import MAX_WAITING
from node.usecases.applying.seal import open_application
from node.usecases.workshop.managers import Manager, Role
from tests.node.usecases.applying.test_anomaly_stop import holder
from tests.node.usecases.mesh import CALLER, HOLDER, JIANGSU, OPERATOR, ZHEJIANG, Mesh, decided, line, outcome, record
from tests.node.usecases.watching import LIFETIME, RULES, desk_of, verdicts_of

REVIEWER = Manager(account="wang.wu", name="王五", roles=frozenset({Role.REVIEW}))
EDITOR = Manager(account="li.si", name="李四", roles=frozenset({Role.EDIT}))


@pytest.fixture
async def flagged(tmp_path: Path) -> Mesh:
    """The mesh with a line that its consumer flagged for review; Zhejiang holds a certificate."""
    mesh = await Mesh(tmp_path).ready([line(review=MANUAL)])
    await mesh.zhejiang.keep(record(ZHEJIANG))
    return mesh


def of(verdicts: Sequence[ProvinceVerdict], province: str = ZHEJIANG) -> tuple[str, Reason | None]:
    """What a province said."""
    one = next(one for one in verdicts if one.province == province)
    assert one.verdict is not None
    return one.verdict.result.value, one.verdict.reasons[0].reason if one.verdict.reasons else None


def waiting(mesh: Mesh, province: str = ZHEJIANG) -> list[dict[str, Any]]:
    reviews: list[dict[str, Any]] = desk_of(mesh[province]).page(ReviewState.WAITING, "", 10)["reviews"]
    return reviews


def queued(review: StoredReview, nouns: Nouns) -> None:
    nouns.reviews.put(review)


async def submit(mesh: Mesh) -> Submitted:
    return await mesh.jiangsu.submit(type_codes=(MINING_TYPE,))


async def settle(mesh: Mesh, state: ReviewState, reason: str = "", province: str = ZHEJIANG) -> dict[str, Any]:
    (one,) = waiting(mesh, province)
    return await desk_of(mesh[province]).decide(REVIEWER, one["id"], state, reason)


async def refused(desk: ReviewDesk, *what: Any) -> Reason:
    with pytest.raises(RefusedError) as caught:
        await desk.decide(*what)
    return caught.value.refusal.reason


async def ask_zhejiang(mesh: Mesh, application: Application, exchange_id: str) -> Verdict:
    draft = mesh.jiangsu.direct.draft_request(application, recipients=(ZHEJIANG,), exchange_id=exchange_id)
    reply = await mesh.jiangsu.peers.ask(ZHEJIANG, SUBMIT, draft, mesh.jiangsu.direct.sign(draft), 5.0)
    verdict: Verdict = reply.message
    return verdict


async def test_an_application_under_a_flagged_line_waits_and_brings_no_use_code(flagged: Mesh) -> None:
    submitted = await submit(flagged)
    (verdict,) = [one.verdict for one in submitted.verdicts if one.province == ZHEJIANG]
    assert verdict is not None

    assert of(submitted.verdicts) == ("PENDING", Reason.REVIEW_PENDING)
    assert (verdict.use_code, verdict.type_codes, verdict.outputs) == ("", (), ())
    assert verdict.expires_at == flagged.clock.now + LIFETIME
    assert [one["result"] for one in flagged.zhejiang.entries(type="VERIFY")] == ["PENDING"]
    assert flagged.zhejiang.store.read.applications.given(JIANGSU, submitted.application.apply_id) is None


async def test_after_a_pass_the_same_application_asked_again_finds_and_a_day_later_too(flagged: Mesh) -> None:
    submitted = await submit(flagged)
    flagged.clock.move(days=1)
    await settle(flagged, ReviewState.PASSED)
    told = await verdicts_of(flagged.jiangsu).current(CALLER, submitted.application.apply_id)
    found = await flagged.jiangsu.find(submitted.application.apply_id)

    assert of(told.verdicts) == ("PASS", None)
    assert told.application == submitted.application
    assert outcome(found, ZHEJIANG).outcome is Outcome.OK


async def test_a_search_asks_again_by_itself(flagged: Mesh) -> None:
    apply_id = (await submit(flagged)).application.apply_id
    before = await flagged.jiangsu.find(apply_id)
    await settle(flagged, ReviewState.PASSED)
    after = await flagged.jiangsu.find(apply_id)
    there = outcome(before, ZHEJIANG)

    assert (there.outcome, there.refusal and there.refusal.reason) == (Outcome.DENIED, Reason.REVIEW_PENDING)
    assert before.completeness is Completeness.INCOMPLETE, "what the province holds is not known"
    assert outcome(after, ZHEJIANG).outcome is Outcome.OK


async def test_a_search_asks_our_own_province_again_too(flagged: Mesh) -> None:
    apply_id = (await flagged.jiangsu.submit()).application.apply_id
    before = outcome(await flagged.jiangsu.find(apply_id), JIANGSU)
    await settle(flagged, ReviewState.PASSED, province=JIANGSU)
    after = outcome(await flagged.jiangsu.find(apply_id), JIANGSU)

    assert (before.outcome, before.refusal and before.refusal.reason) == (Outcome.DENIED, Reason.REVIEW_PENDING)
    assert after.outcome is Outcome.EMPTY


async def test_our_own_rejection_is_the_last_word_in_a_search(flagged: Mesh) -> None:
    apply_id = (await flagged.jiangsu.submit()).application.apply_id
    await settle(flagged, ReviewState.REJECTED, "办件材料不全", province=JIANGSU)
    told = [outcome(await flagged.jiangsu.find(apply_id), JIANGSU).refusal for _ in range(2)]

    assert [one and one.reason for one in told] == [Reason.REVIEW_REJECTED] * 2
    assert [one and one.detail for one in told] == ["JS-0001: 办件材料不全"] * 2
    assert [one["result"] for one in flagged.jiangsu.entries(type="VERIFY", step="own")] == ["PENDING", "REJECT"]


async def test_a_rejection_is_told_with_its_reason_and_is_the_last_word(flagged: Mesh) -> None:
    submitted = await submit(flagged)
    await settle(flagged, ReviewState.REJECTED, "办件材料不全")
    told = await verdicts_of(flagged.jiangsu).current(CALLER, submitted.application.apply_id)
    (verdict,) = [one.verdict for one in told.verdicts if one.province == ZHEJIANG]
    calls = len(flagged.zhejiang.entries(type="VERIFY"))
    again = await verdicts_of(flagged.jiangsu).current(CALLER, submitted.application.apply_id)
    found = outcome(await flagged.jiangsu.find(submitted.application.apply_id), ZHEJIANG).refusal

    assert of(told.verdicts) == of(again.verdicts) == ("REJECT", Reason.REVIEW_REJECTED)
    assert verdict is not None
    assert found is not None
    assert verdict.reasons[0].detail == "JS-0001: 办件材料不全"
    assert verdict in [one.verdict for one in again.verdicts]
    assert found.detail == verdict.reasons[0].detail
    assert len(flagged.zhejiang.entries(type="VERIFY")) == calls, "nobody is asked a third time"


async def test_our_own_province_reviews_its_own_applications_too_and_is_asked_again_at_once(flagged: Mesh) -> None:
    submitted = await flagged.jiangsu.submit()
    verdicts = verdicts_of(flagged.jiangsu)
    before = await verdicts.current(CALLER, submitted.application.apply_id)
    await settle(flagged, ReviewState.PASSED, province=JIANGSU)
    told = await verdicts.current(CALLER, submitted.application.apply_id)

    assert of(submitted.verdicts, JIANGSU) == of(before.verdicts, JIANGSU) == ("PENDING", Reason.REVIEW_PENDING)
    assert of(told.verdicts, JIANGSU) == ("PASS", None)
    assert outcome(await flagged.jiangsu.find(submitted.application.apply_id), JIANGSU).outcome is Outcome.EMPTY


async def test_a_search_is_incomplete_while_our_own_province_waits_for_a_person(tmp_path: Path) -> None:
    mesh = await Mesh(tmp_path).ready([line(review=MANUAL, standing_days=200)])
    await mesh.jiangsu.keep(record(JIANGSU, LAND_TYPE))
    until = mesh.clock() + timedelta(days=100)
    submitted = await mesh.jiangsu.submit(kind=Kept.STANDING, valid_until=until, type_codes=(LAND_TYPE,))
    mesh.clock.move(days=20)
    answer = await mesh.jiangsu.find(submitted.application.apply_id, area_codes=(JIANGSU,))
    own = outcome(answer, JIANGSU)

    assert (own.outcome, answer.completeness) == (Outcome.DENIED, Completeness.INCOMPLETE)
    assert own.refusal is not None
    assert own.refusal.reason is Reason.REVIEW_PENDING


async def test_a_providers_decision_can_ask_for_a_review_where_the_line_does_not(tmp_path: Path) -> None:
    mesh = await Mesh(tmp_path).ready()
    raw = decided(line(), version=2, status="LIMITED", review=MANUAL)
    await mesh.zhejiang.publications.publish(Kind.DECISIONS, [raw])
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)
    submitted = await mesh.jiangsu.submit()

    assert of(submitted.verdicts) == ("PENDING", Reason.REVIEW_PENDING)
    assert of(submitted.verdicts, "340000") == ("PASS", None)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"use_cause": "另一用途"}, id="another purpose"),
        pytest.param({"fields": ("KZ_NAME",)}, id="other fields"),
        pytest.param({"operator": replace(OPERATOR, account="clerk-8")}, id="another operator"),
        pytest.param({"biz_num": "2026-2"}, id="another case"),
    ],
)
async def test_what_was_passed_is_this_application_and_no_other_under_its_id(
    flagged: Mesh, changes: dict[str, Any]
) -> None:
    submitted = await submit(flagged)
    await settle(flagged, ReviewState.PASSED)
    own = flagged.jiangsu.store.read.applications.own(submitted.application.apply_id)
    assert own is not None
    application = open_application(flagged.jiangsu.vault, own)
    other = await ask_zhejiang(flagged, replace(application, **changes), "x-1")
    same = await ask_zhejiang(flagged, replace(application, requested_at=flagged.clock.now), "x-2")

    assert (other.result, other.reasons[0].reason) == (Result.REJECT, Reason.REPLAYED)
    assert same.result is Result.PASS


async def test_what_waits_is_queued_once_however_often_it_is_asked(flagged: Mesh) -> None:
    apply_id = (await submit(flagged)).application.apply_id
    for _ in range(3):
        await verdicts_of(flagged.jiangsu).current(CALLER, apply_id)

    assert [one["id"] for one in waiting(flagged)] == [f"{JIANGSU}/{apply_id}"]


async def test_a_line_that_has_filled_its_part_of_the_queue_waits_at_home(flagged: Mesh) -> None:
    """What waits is decided as before, and makes room."""
    held = (await submit(flagged)).application.apply_id
    (first,) = flagged.zhejiang.store.read.reviews.page(None, flagged.clock.now, None, 1)
    for number in range(1, MAX_WAITING):
        more = replace(first, apply_id=f"more-{number}", queued_at=flagged.clock.now + timedelta(seconds=1))
        await flagged.zhejiang.store.transact(partial(queued, more))
    full = await submit(flagged)
    count = flagged.zhejiang.store.read.reviews.counts(flagged.clock.now)[ReviewState.WAITING]
    await desk_of(flagged.zhejiang).decide(REVIEWER, id_of(first), ReviewState.PASSED)
    decided_on = await verdicts_of(flagged.jiangsu).current(CALLER, held)
    again = await verdicts_of(flagged.jiangsu).current(CALLER, full.application.apply_id)

    assert of(full.verdicts) == ("REJECT", Reason.LIMIT_REACHED)
    assert count == MAX_WAITING
    assert of(decided_on.verdicts) == ("PASS", None)
    assert of(again.verdicts) == ("PENDING", Reason.REVIEW_PENDING)


async def test_who_asks_how_many_waiting_applications_stand_is_no_anomaly(flagged: Mesh) -> None:
    """They were counted when they came first."""
    ids = []
    for number in range(RULES.holders_per_minute + 5):
        submitted = await flagged.jiangsu.submit(type_codes=(MINING_TYPE,), holder=holder(number))
        ids.append(submitted.application.apply_id)
        flagged.clock.move(seconds=10)
    flagged.clock.move(days=1)
    told = [await verdicts_of(flagged.jiangsu).current(CALLER, one) for one in ids]

    assert {of(one.verdicts) for one in told} == {("PENDING", Reason.REVIEW_PENDING)}
    assert flagged.zhejiang.entries(type="ALARM") == []


async def test_the_checks_are_made_anew_when_a_passed_application_comes(flagged: Mesh) -> None:
    """A pass does not outlive the line: it was withdrawn meanwhile."""
    apply_id = (await submit(flagged)).application.apply_id
    own = flagged.jiangsu.store.read.applications.own(apply_id)
    assert own is not None
    application = open_application(flagged.jiangsu.vault, own)
    await settle(flagged, ReviewState.PASSED)
    await flagged.jiangsu.publications.publish(Kind.USELIST, [line(review=MANUAL, status="WITHDRAWN")])
    await flagged.sync()
    verdict = await ask_zhejiang(flagged, application, "x-1")

    assert (verdict.result, verdict.reasons[0].reason) == (Result.REJECT, Reason.USE_LIST_NOT_IN_FORCE)


async def test_a_review_that_nobody_decided_in_time_is_over(flagged: Mesh) -> None:
    submitted = await submit(flagged)
    (one,) = waiting(flagged)
    flagged.clock.now += LIFETIME + timedelta(seconds=1)

    assert waiting(flagged) == []
    assert await refused(desk_of(flagged.zhejiang), REVIEWER, one["id"], ReviewState.PASSED) is Reason.VERSION_CONFLICT
    with pytest.raises(RefusedError) as caught:
        await verdicts_of(flagged.jiangsu).current(CALLER, submitted.application.apply_id)
    assert caught.value.refusal.reason is Reason.USE_CODE_SPENT


@pytest.mark.parametrize(
    ("manager", "state", "reason", "expected"),
    [
        pytest.param(EDITOR, ReviewState.PASSED, "", Reason.NOT_AUTHORISED, id="without the role"),
        pytest.param(REVIEWER, ReviewState.REJECTED, " ", Reason.BAD_PARAMETER, id="rejected without a reason"),
        pytest.param(REVIEWER, ReviewState.REJECTED, "证件号320102199003077715", Reason.BAD_PARAMETER, id="a number"),
        pytest.param(
            REVIEWER, ReviewState.REJECTED, "３２０１０２１９", Reason.BAD_PARAMETER, id="a full-width number"
        ),
        pytest.param(REVIEWER, ReviewState.REJECTED, "x" * 151, Reason.BAD_PARAMETER, id="a long reason"),
        pytest.param(REVIEWER, ReviewState.PASSED, "a\nb", Reason.BAD_PARAMETER, id="a reason of two lines"),
    ],
)
async def test_a_decision_that_is_none_changes_nothing(
    flagged: Mesh, manager: Manager, state: ReviewState, reason: str, expected: Reason
) -> None:
    await submit(flagged)
    (one,) = waiting(flagged)

    assert await refused(desk_of(flagged.zhejiang), manager, one["id"], state, reason) is expected
    assert waiting(flagged) == [one]
    assert [one["step"] for one in flagged.zhejiang.entries(type="REVIEW")] == ["refused"]


async def test_of_two_reviewers_one_decides(flagged: Mesh) -> None:
    await submit(flagged)
    (one,) = waiting(flagged)
    desk = desk_of(flagged.zhejiang)
    await desk.decide(REVIEWER, one["id"], ReviewState.REJECTED, "不符")

    assert await refused(desk, REVIEWER, one["id"], ReviewState.PASSED) is Reason.VERSION_CONFLICT
    assert await refused(desk, REVIEWER, "320000/none", ReviewState.PASSED) is Reason.NO_RECORD


async def test_what_a_reviewer_sees_of_persons_is_masked_and_on_record(flagged: Mesh) -> None:
    await submit(flagged)
    (one,) = waiting(flagged)
    shown = await desk_of(flagged.zhejiang).show(REVIEWER, one["id"])
    (entry,) = flagged.zhejiang.entries(type="REVIEW")

    assert HOLDER.code not in str(shown)
    assert OPERATOR.account not in str(shown)
    assert shown["holder"]["code"].endswith(HOLDER.code[-4:])
    assert (shown["purpose"], shown["mode"]) == ("样例用途", "DUTY")
    assert (entry["step"], entry["by"]) == ("shown", flagged.zhejiang.vault.digest("manager", REVIEWER.account))
    assert REVIEWER.account not in str(entry)


async def test_the_queue_is_paged_and_holds_nothing_personal(flagged: Mesh) -> None:
    for _ in range(3):
        await submit(flagged)
        flagged.clock.move(seconds=1)
    desk = desk_of(flagged.zhejiang)
    first = desk.page(ReviewState.WAITING, "", 2)
    rest = desk.page(ReviewState.WAITING, first["next"], 2)
    ids = [one["id"] for page in (first, rest) for one in page["reviews"]]
    held = [flagged.zhejiang.store.read.reviews.get(*one.split("/", 1)) for one in ids]

    assert [id_of(one) for one in held if one is not None] == ids
    assert (len(ids), rest["next"]) == (3, "")
    assert HOLDER.code not in str(first)
    assert OPERATOR.account not in str(held)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("320102199003077715", "**************7715", id="a citizen's number"),
        pytest.param("AB12345", "******5", id="a short code"),
        pytest.param("123", "***", id="three characters"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_code_shows_a_quarter_at_most(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert masked_name("欧阳测试") == "欧***"


async def test_an_application_that_comes_again_after_its_review_expired_waits_anew(flagged: Mesh) -> None:
    """As a standing one may: the pass of then is not one for now."""
    submitted = await submit(flagged)
    await settle(flagged, ReviewState.PASSED)
    own = flagged.jiangsu.store.read.applications.own(submitted.application.apply_id)
    assert own is not None
    flagged.clock.now += LIFETIME + timedelta(seconds=1)
    verdict = await ask_zhejiang(flagged, open_application(flagged.jiangsu.vault, own), "x-1")

    assert verdict.result is Result.PENDING
    assert len(waiting(flagged)) == 1


async def test_a_province_where_it_waits_is_asked_again_when_it_said_to_and_not_before(flagged: Mesh) -> None:
    apply_id = (await submit(flagged)).application.apply_id
    verdicts = verdicts_of(flagged.jiangsu)
    told = []
    for minutes in (0, 0, 4, 5):
        flagged.clock.move(minutes=minutes)
        current = await verdicts.current(CALLER, apply_id)
        one = next(one.verdict for one in current.verdicts if one.province == ZHEJIANG)
        assert one is not None
        told.append((one.result, one.reasons[0].retry_after_s))
    asked = flagged.zhejiang.entries(type="VERIFY", step="answered")
    await settle(flagged, ReviewState.PASSED)
    flagged.clock.move(minutes=1)
    passed = await verdicts.current(CALLER, apply_id)

    assert told == [(Result.PENDING, seconds) for seconds in (600, 600, 360, 60)]
    assert len(asked) == 2, "with the application, and once after it"
    assert of(passed.verdicts) == ("PASS", None)
