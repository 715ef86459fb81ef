"""Standing applications (常用授权): how long they may hold, and a fresh period with a fresh use code each time they are submitted again."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from federation.model.application import Application, Kind, Output, Result, Verdict
from federation.model.refusal import Reason, Refusal
from federation.model.retrieval import DataQuery
from node.errors import RefusedError
from node.library.invented import MINING_TYPE
from node.ports.retrieving import RetrieveForm
from node.usecases.retrieval.delivery import Granted
from tests.node.usecases.consent.offices import LINES, STANDING_LINE, applying, given
from tests.node.usecases.mesh import CALLER, JIANGSU, ZHEJIANG, Clock, Mesh, Province, line, record
from tests.node.usecases.papers import sealed_file

DAY = timedelta(days=1)


async def standing(mesh: Mesh, **changes: Any) -> Application:
    submitted = await mesh.jiangsu.submit(**{"use_list_id": STANDING_LINE, "kind": Kind.STANDING, **changes})
    assert {one.outcome for one in submitted.verdicts} == {"OK"}
    return submitted.application


async def decided(mesh: Mesh, application: Application) -> Verdict:
    """What Zhejiang says to the same application, sent again."""
    verifier = mesh.zhejiang.verifier
    return await mesh.zhejiang.store.transact(partial(verifier.decide, consumer=JIANGSU, application=application))


MISMATCH = Reason.MATTER_MISMATCH
LIMITS: dict[str, tuple[dict[str, Any], timedelta | None, Reason | None]] = {
    "as long as the line lets it": ({}, None, None),
    "for a day": ({}, DAY, None),
    "for thirty days": ({}, 30 * DAY, None),
    "a second longer than the line lets it": ({}, 30 * DAY + timedelta(seconds=1), MISMATCH),
    "with an end before it begins": ({}, -DAY, MISMATCH),
    "under a line that admits none": ({"use_list_id": "JS-0001"}, None, MISMATCH),
    "for one case, with an end": ({"kind": Kind.PER_USE}, DAY, Reason.BAD_PARAMETER),
}


@pytest.mark.parametrize("what", LIMITS)
async def test_how_long_an_application_may_stand(mesh: Mesh, what: str) -> None:
    changes, length, reason = LIMITS[what]
    until = None if length is None else mesh.clock() + length
    if reason is None:
        application = await standing(mesh, valid_until=until, **changes)
        assert application.valid_until == mesh.clock() + (length or 30 * DAY)
        return
    with pytest.raises(RefusedError) as caught:
        await standing(mesh, **{"valid_until": until, **changes})

    assert caught.value.refusal.reason is reason


async def test_a_node_sets_a_shorter_bound_of_its_own(mesh: Mesh) -> None:
    consumer = mesh.jiangsu
    consumer.applications._asking = replace(consumer.asking, standing=10 * DAY)
    application = await standing(mesh)
    with pytest.raises(RefusedError) as caught:
        await standing(mesh, valid_until=mesh.clock() + 11 * DAY)

    assert application.valid_until == mesh.clock() + 10 * DAY
    assert caught.value.refusal.detail == "validUntil: this node lets an application stand for 10 days"


async def test_a_provider_sets_a_shorter_bound_of_its_own(mesh: Mesh) -> None:
    application = await standing(mesh)
    verifier = mesh.zhejiang.verifier = replace(mesh.zhejiang.verifier, standing=10 * DAY)
    mesh.clock.now += 10 * DAY - timedelta(minutes=10)
    last = await decided(mesh, application)
    mesh.clock.move(minutes=11)
    over = await decided(mesh, application)

    assert last.expires_at == application.requested_at + verifier.standing
    assert (over.result, over.reasons[0].reason) == (Result.REJECT, Reason.USE_CODE_SPENT)


async def test_within_a_period_the_same_verdict_comes_again_and_after_it_a_fresh_one(mesh: Mesh) -> None:
    application = await standing(mesh)
    first = await decided(mesh, application)
    mesh.clock.move(minutes=29)
    same = await decided(mesh, application)
    mesh.clock.move(minutes=2)
    fresh = await decided(mesh, application)

    assert same == first
    assert fresh.result is Result.PASS
    assert fresh.use_code not in {first.use_code, ""}
    assert fresh.expires_at == mesh.clock() + timedelta(minutes=30)
    assert [one["result"] for one in mesh.zhejiang.entries(type="VERIFY")] == ["PASS"]  # the others had no exchange


async def test_an_application_for_one_case_never_begins_anew(mesh: Mesh) -> None:
    application = (await mesh.jiangsu.submit()).application
    first = await decided(mesh, application)
    mesh.clock.move(minutes=31)

    assert (await decided(mesh, application)).expires_at == first.expires_at


async def test_the_same_use_is_made_once_in_each_period(mesh: Mesh) -> None:
    application = await standing(mesh)

    async def redeem(exchange_id: str) -> str:
        given_verdict = mesh.zhejiang.store.read.applications.given(JIANGSU, application.apply_id)
        assert given_verdict is not None
        return await mesh.zhejiang.store.transact(
            lambda nouns: nouns.applications.redeem(
                consumer=JIANGSU,
                apply_id=application.apply_id,
                period=given_verdict.period,
                identifier="i",
                output="FILE",
                exchange_id=exchange_id,
            )
        )

    first = {await redeem("e1"), await redeem("e2")}
    mesh.clock.move(minutes=31)
    await decided(mesh, application)
    second = {await redeem("e3"), await redeem("e4")}

    assert (first, second) == ({"e1"}, {"e3"})


async def test_every_check_is_made_anew_for_a_fresh_period(mesh: Mesh) -> None:
    application = await standing(mesh)
    mesh.clock.move(minutes=31)
    await mesh.zhejiang.decide(line(use_list_id=STANDING_LINE, standing_days=30), status="REJECTED", reasons=("r",))
    refused = await decided(mesh, application)

    assert (refused.result, refused.reasons[0].reason) == (Result.REJECT, Reason.USE_LIST_REJECTED)


async def test_a_standing_application_ends_with_its_consent(mesh: Mesh) -> None:
    taken = await given(mesh, until=mesh.clock() + timedelta(hours=1))
    application = await standing(mesh, **applying(taken.document))
    mesh.clock.move(minutes=45)
    last = await decided(mesh, application)
    mesh.clock.move(minutes=16)
    over = await decided(mesh, application)

    assert last.expires_at == taken.consent.ends
    assert over.reasons[0].reason is Reason.CONSENT_ENDED


async def test_another_holder_does_not_begin_a_period_of_this_application(mesh: Mesh) -> None:
    taken = await given(mesh)
    application = await standing(mesh)
    mesh.clock.move(minutes=31)
    changed = replace(application, holder=applying(taken.document)["holder"])

    assert (await decided(mesh, changed)).reasons[0].reason is Reason.REPLAYED


async def test_an_application_from_the_future_is_refused(mesh: Mesh) -> None:
    """Otherwise it would stand for longer than its line lets it."""
    application = await standing(mesh)
    ahead = mesh.clock() + DAY
    later = replace(application, apply_id="later", requested_at=ahead, valid_until=ahead + 30 * DAY)

    assert (await decided(mesh, later)).reasons[0].reason is Reason.CLOCK_SKEW


async def test_search_asks_for_fresh_verdicts_where_those_of_a_standing_application_have_run_out(mesh: Mesh) -> None:
    application = await standing(mesh)
    before = {one.provider: one.use_code for one in mesh.jiangsu.store.read.applications.received(application.apply_id)}
    mesh.clock.move(minutes=31)
    found = await mesh.jiangsu.find(application.apply_id)
    after = {one.provider: one.use_code for one in mesh.jiangsu.store.read.applications.received(application.apply_id)}

    assert {one.outcome.value for one in found.outcomes} == {"EMPTY", "SKIPPED"}
    assert after.keys() == before.keys()
    assert all(after[code] != before[code] for code in (ZHEJIANG, JIANGSU))


async def test_retrieval_has_a_standing_application_submitted_again_and_makes_one_more_use(mesh: Mesh) -> None:
    certificate = record(ZHEJIANG)
    await mesh.zhejiang.keep(certificate)
    apply_id = (await standing(mesh)).apply_id
    await mesh.jiangsu.find(apply_id)
    wish = RetrieveForm(apply_id=apply_id, identifier=certificate.identifier)
    first = await mesh.jiangsu.retrieval.data(CALLER, wish)
    with pytest.raises(RefusedError) as spent:
        await mesh.jiangsu.retrieval.data(CALLER, wish)
    mesh.clock.move(minutes=31)
    second = await mesh.jiangsu.retrieval.data(CALLER, wish)
    with pytest.raises(RefusedError) as again:
        await mesh.jiangsu.retrieval.data(CALLER, wish)

    assert first.data == second.data
    assert [one.value.refusal.reason for one in (spent, again)] == [Reason.USE_CODE_SPENT] * 2


def measured(mesh: Mesh, ahead: timedelta = timedelta(0)) -> None:
    """Jiangsu has measured the others' clocks, as `federation.client` does with each answer."""
    now = mesh.jiangsu.clock()
    for code in mesh.all:
        mesh.jiangsu.clocks.note(code, sent=now, stamped=now + ahead, received=now)


@pytest.mark.parametrize("known", [True, False])
async def test_a_period_ends_and_the_next_begins_while_the_consumer_s_clock_is_behind(
    tmp_path: Path, *, known: bool
) -> None:
    late = Clock()
    late.move(minutes=-4)
    mesh = await Mesh(tmp_path, clocks={JIANGSU: late}).ready(LINES)
    if known:
        measured(mesh, timedelta(minutes=4))
    certificate = record(ZHEJIANG)
    await mesh.zhejiang.keep(certificate)
    apply_id = (await standing(mesh)).apply_id
    told = []
    for minutes in (0, 29, 2, 2, 2):
        mesh.clock.move(minutes=minutes)
        late.move(minutes=minutes)
        found = await mesh.jiangsu.find(apply_id)
        told.append(next(one.outcome.value for one in found.outcomes if one.province == ZHEJIANG))
    wish = RetrieveForm(apply_id=apply_id, identifier=certificate.identifier, key="k")
    await mesh.jiangsu.retrieval.data(CALLER, wish)
    mesh.clock.move(minutes=28)
    late.move(minutes=28)  # where it is not yet over
    again = await mesh.jiangsu.retrieval.data(CALLER, replace(wish, key="k2"))

    assert told == ["OK"] * 5
    assert again.identifier == certificate.identifier


async def test_retrievals_near_the_end_of_a_period_ask_no_province_for_the_verdict_it_gave(mesh: Mesh) -> None:
    form = await presented(mesh, ZHEJIANG, MINING_TYPE)
    measured(mesh)
    asked = []
    for minutes in (26, 5):
        mesh.clock.move(minutes=minutes)
        before = [len(one.entries(type=word)) for one, word in watched(mesh)]
        for number in range(5):
            with suppress(RefusedError):  # the use of this period is made
                await mesh.jiangsu.retrieval.data(CALLER, replace(form, key=f"{minutes}-{number}"))
        after = [len(one.entries(type=word)) for one, word in watched(mesh)]
        asked.append([now - then for now, then in zip(after, before, strict=True)])

    assert asked == [[0, 0, 0], [1, 1, 2]]
    assert len(uses(mesh, ZHEJIANG)) == 2


def watched(mesh: Mesh) -> list[tuple[Province, str]]:
    """Where an application submitted again leaves entries: at each province that is asked, and here, asked and answered."""
    return [(mesh.zhejiang, "VERIFY"), (mesh.anhui, "VERIFY"), (mesh.jiangsu, "APPLY")]


async def presented(mesh: Mesh, province: str, type_code: str) -> RetrieveForm:
    """A wish with a key under a standing application, for a certificate that a search found."""
    kept = record(province, type_code, serial="8")
    await mesh[province].keep(kept, file=sealed_file(kept.identifier, size=3 << 20))
    form = RetrieveForm(apply_id=(await standing(mesh)).apply_id, identifier=kept.identifier, key="case-1")
    await mesh.jiangsu.find(form.apply_id)
    return form


def uses(mesh: Mesh, province: str) -> list[tuple[str, int | None]]:
    """The uses on record at a province: exchange, and how many were told; None for a repeat."""
    entries = mesh[province].entries(type="RETRIEVE", step="own" if province == JIANGSU else "answered")
    told = [
        (one["exchange"], len(one.get("notices", ())), one.get("repeated")) for one in entries if "refusal" not in one
    ]
    return [(exchange, None if repeated else notices) for exchange, notices, repeated in told]


async def test_an_application_for_one_case_is_not_submitted_again_by_a_retrieval(mesh: Mesh) -> None:
    certificate = record(ZHEJIANG)
    await mesh.zhejiang.keep(certificate)
    apply_id, _ = await mesh.found()
    mesh.clock.move(minutes=31)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(CALLER, RetrieveForm(apply_id=apply_id, identifier=certificate.identifier))

    assert caught.value.refusal.reason is Reason.USE_CODE_SPENT


async def test_an_exchange_makes_one_use_and_none_in_another_period(mesh: Mesh) -> None:
    """Whatever a consumer does with its keys: evidence of two uses never has one exchange id."""
    certificate = record(ZHEJIANG)
    await mesh.zhejiang.keep(certificate)
    application = await standing(mesh)
    told = []
    for minutes in (0, 31):
        mesh.clock.move(minutes=minutes)
        query = DataQuery(
            apply_id=application.apply_id,
            use_code=(await decided(mesh, application)).use_code,
            identifier=certificate.identifier,
            fields=(),
        )
        grant = partial(
            mesh.zhejiang.provider.grant, consumer=JIANGSU, query=query, output=Output.DATA, exchange_id="e-1"
        )
        told.append(await mesh.zhejiang.store.transact(grant))

    assert isinstance(told[0], Granted)
    assert isinstance(told[1], Refusal)
    assert (told[1].reason, "earlier period" in told[1].detail) == (Reason.USE_CODE_SPENT, True)
