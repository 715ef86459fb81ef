"""The anomaly stop over provinces: consumer and provider count for themselves, what runs stops too, and nobody else is touched."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.methods import SUBMIT
from federation.model.application import Application, Holder, Operator, Result, Verdict
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.holder import make_credit_code
from node.ports.alarms import StoredAlarm
from node.usecases.applying.seal import open_application
from tests.node.usecases.mesh import CALLER, JIANGSU, OPERATOR, ZHEJIANG, Mesh, form, outcome, record
from tests.node.usecases.watching import RULES

OTHER = Operator(account="clerk-8", name="经办人吴乙")


def holder(number: int) -> Holder:
    return Holder(code=make_credit_code("91", "320000", f"{number:09}"), type_code="001", name="样例")


async def answered(mesh: Mesh, **asked: Any) -> Reason | None:
    """Why the consumer sent nothing; None where it did."""
    try:
        await mesh.jiangsu.submit(**asked)
    except RefusedError as error:
        return error.refusal.reason
    return None


async def pause(mesh: Mesh, province: str) -> None:
    """As the watch of that province would."""
    one = mesh[province]
    until = mesh.clock.now + timedelta(minutes=15)
    alarm = StoredAlarm(
        alarm_id="alarm-1",
        side="provider",
        consumer=JIANGSU,
        operator=one.vault.operator(JIANGSU, OPERATOR.account),
        kind="holders",
        limit=25,
        apply_id="a",
        app_id="",
        use_list_id="",
        raised_at=mesh.clock.now,
        until=until,
    )
    await one.store.transact(lambda nouns: nouns.alarms.put(alarm))
    one.library.pauses.note(until)


async def test_the_consumer_sends_nothing_of_an_operator_who_walks_through_holders(mesh: Mesh) -> None:
    bound = RULES.holders_per_minute
    answers = [await answered(mesh, holder=holder(number)) for number in range(bound + 2)]
    sent = [one for one in mesh.zhejiang.entries(type="VERIFY") if one["result"] == "PASS"]

    assert answers == [None] * bound + [Reason.ANOMALY_STOPPED] * 2
    assert len(sent) == bound
    assert len(mesh.jiangsu.entries(type="ALARM")) == 1
    assert [one["refusal"]["reason"] for one in mesh.jiangsu.entries(type="APPLY", step="refused")] == [
        "ANOMALY_STOPPED"
    ] * 2
    assert await answered(mesh, holder=holder(1), operator=OTHER) is None


async def test_a_line_system_that_invents_an_account_for_each_holder_is_paused_by_the_consumer(mesh: Mesh) -> None:
    bound = RULES.source_holders_per_minute
    answers = [
        await answered(mesh, holder=holder(number), operator=replace(OPERATOR, account=f"invented-{number}"))
        for number in range(bound + 1)
    ]
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.submit(operator=OTHER)

    assert answers == [None] * bound + [Reason.ANOMALY_STOPPED]
    assert caught.value.refusal.reason is Reason.ANOMALY_STOPPED, "whoever its operator is said to be"
    assert [one["kind"] for one in mesh.jiangsu.entries(type="ALARM")] == ["source"]


async def test_a_provider_pauses_the_unit_of_a_consumer_that_invents_accounts(mesh: Mesh) -> None:
    own = mesh.jiangsu.store.read.applications.own((await mesh.jiangsu.submit()).application.apply_id)
    assert own is not None
    application = open_application(mesh.jiangsu.vault, own)
    bound = RULES.source_holders_per_minute
    verdicts = [
        await ask(
            mesh,
            replace(
                application,
                holder=holder(number),
                apply_id=f"a-{number}",
                operator=replace(OPERATOR, account=f"invented-{number}"),
            ),
        )
        for number in range(bound)
    ]

    assert [one.result for one in verdicts] == [Result.PASS] * (bound - 1) + [Result.REJECT]
    assert verdicts[-1].reasons[0].reason is Reason.ANOMALY_STOPPED
    assert [one["kind"] for one in mesh.zhejiang.entries(type="ALARM")] == ["source"]


async def test_the_consumer_pauses_who_guesses_at_matters(mesh: Mesh) -> None:
    bound = RULES.mismatches_per_hour
    answers = [await answered(mesh, item_code=f"ITEM-{number}") for number in range(2, bound + 3)]

    assert answers == [Reason.MATTER_MISMATCH] * bound + [Reason.ANOMALY_STOPPED]
    assert await answered(mesh) is Reason.ANOMALY_STOPPED, "what fits waits too"


async def test_a_line_system_that_names_an_operator_of_another_one_pauses_itself_and_not_the_operator(
    mesh: Mesh,
) -> None:
    other = replace(CALLER, app_id="other-system", operators=frozenset({"clerk-9"}))
    answers = []
    for _ in range(RULES.mismatches_per_hour + 1):
        with pytest.raises(RefusedError) as caught:
            await mesh.jiangsu.applications.submit(other, form())
        answers.append(caught.value.refusal.reason)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.applications.submit(other, form(operator=replace(OPERATOR, account="clerk-9")))

    assert set(answers[:-1]) == {Reason.OUT_OF_SCOPE}
    assert answers[-1] is caught.value.refusal.reason is Reason.ANOMALY_STOPPED
    assert await answered(mesh) is None, "the operator that was named goes on"
    (alarm,) = mesh.jiangsu.store.read.alarms.page("", None, 9)
    assert alarm.operator != mesh.jiangsu.vault.operator(JIANGSU, OPERATOR.account)


async def test_a_provider_counts_what_a_consumer_that_does_not_lets_through(mesh: Mesh) -> None:
    own = mesh.jiangsu.store.read.applications.own((await mesh.jiangsu.submit()).application.apply_id)
    assert own is not None
    application = open_application(mesh.jiangsu.vault, own)
    bound = RULES.holders_per_minute
    verdicts = [await ask(mesh, replace(application, holder=holder(n), apply_id=f"a-{n}")) for n in range(bound)]
    late = await ask(mesh, replace(application, operator=OTHER, apply_id="a-other"))

    assert [one.result for one in verdicts] == [Result.PASS] * (bound - 1) + [Result.REJECT]
    assert [(one.reason, one.retry_after_s) for one in verdicts[-1].reasons] == [(Reason.ANOMALY_STOPPED, 900)]
    assert late.result is Result.PASS
    assert mesh.zhejiang.entries(type="ALARM")[0]["consumer"] == JIANGSU


async def ask(mesh: Mesh, application: Application) -> Verdict:
    """What Zhejiang says to an application that Jiangsu's node sends without looking at it."""
    draft = mesh.jiangsu.direct.draft_request(
        application, recipients=(ZHEJIANG,), exchange_id=f"x-{application.apply_id}"
    )
    envelope = mesh.jiangsu.direct.sign(draft)
    reply = await mesh.jiangsu.peers.ask(ZHEJIANG, SUBMIT, draft, envelope, 5.0)
    verdict: Verdict = reply.message
    return verdict


async def test_a_running_application_waits_at_the_provider_that_paused_its_operator(mesh: Mesh) -> None:
    certificate = record(ZHEJIANG)
    await mesh.zhejiang.keep(certificate)
    apply_id, _ = await mesh.found()
    wish = await mesh.wish(certificate)
    await pause(mesh, ZHEJIANG)
    found = await mesh.jiangsu.find(apply_id)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(CALLER, wish)
    mesh.clock.move(minutes=15)
    again = await mesh.jiangsu.find(apply_id)

    there, later = outcome(found, ZHEJIANG), outcome(again, ZHEJIANG)
    assert (there.outcome, there.refusal and there.refusal.reason) == ("DENIED", Reason.ANOMALY_STOPPED)
    assert caught.value.refusal.reason is Reason.ANOMALY_STOPPED
    assert later.outcome == "OK"


async def test_a_running_application_waits_at_home_where_its_operator_was_paused(mesh: Mesh) -> None:
    certificate = record(ZHEJIANG)
    await mesh.zhejiang.keep(certificate)
    wish = await mesh.wish(certificate)
    await pause(mesh, JIANGSU)
    outcomes = await asyncio.gather(
        mesh.jiangsu.find(wish.apply_id), mesh.jiangsu.retrieval.data(CALLER, wish), return_exceptions=True
    )

    assert [one.refusal.reason for one in outcomes if isinstance(one, RefusedError)] == [Reason.ANOMALY_STOPPED] * 2
    assert await answered(mesh, operator=OTHER) is None
    assert form().operator == OPERATOR
