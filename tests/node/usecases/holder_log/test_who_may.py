"""Who may ask for whose uses, and how often: in the app of the holder's home, at a counter with the holder there, and on record always."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.methods import HOLDER_USES
from federation.model.application import Holder
from federation.model.evidence import EventType
from federation.model.holder_uses import MAX_ASKINGS, Place, Role, UsesAnswer
from federation.model.refusal import Reason
from federation.model.search import Outcome
from federation.ports import Reply
from node.errors import RefusedError
from node.ports.holder_uses import UsesForm
from node.ports.services import Caller
from node.usecases.holder_log.index import masked
from node.usecases.holder_log.limits import UsesLimits
from tests.node.usecases.holder_log.story import APP, AT_COUNTER, COUNTER, FORM, PERSON, ask, use
from tests.node.usecases.holder_log.test_omissions import QUERY
from tests.node.usecases.mesh import ANHUI, HOLDER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh


@pytest.mark.parametrize(
    ("caller", "form", "reason"),
    [
        pytest.param(replace(APP, uses=frozenset()), FORM, Reason.OUT_OF_SCOPE, id="a line system that may not ask"),
        pytest.param(APP, AT_COUNTER, Reason.OUT_OF_SCOPE, id="an app that is no counter"),
        pytest.param(COUNTER, FORM, Reason.OUT_OF_SCOPE, id="a counter that is no app"),
        pytest.param(
            APP, replace(FORM, holder=HOLDER), Reason.OUT_OF_SCOPE, id="another province's holder, in the app"
        ),
        pytest.param(
            COUNTER, replace(AT_COUNTER, expression=""), Reason.MISSING_PARAMETER, id="a holder who signed nothing"
        ),
        pytest.param(COUNTER, replace(AT_COUNTER, operator=""), Reason.MISSING_PARAMETER, id="nobody who assists"),
        pytest.param(
            replace(COUNTER, operators=frozenset({"other"})), AT_COUNTER, Reason.OUT_OF_SCOPE, id="another operator"
        ),
        pytest.param(
            APP, replace(FORM, holder=replace(PERSON, code="110")), Reason.HOLDER_CODE_INVALID, id="a wrong number"
        ),
    ],
)
async def test_who_may_not_ask_is_refused_before_anybody_is_asked_and_on_record(
    mesh: Mesh, caller: Caller, form: UsesForm, reason: Reason
) -> None:
    with pytest.raises(RefusedError) as caught:
        await mesh.shanghai.uses.ask(caller, form)
    (entry,) = mesh.shanghai.entries(type="DISCLOSE")

    assert caught.value.refusal.reason is reason
    assert (entry["step"], entry["refusal"]["reason"], entry["exchange"]) == (
        "refused",
        reason,
        caught.value.exchange_id,
    )
    assert mesh.network.calls == []
    assert form.holder.code not in str(entry)


@pytest.mark.parametrize(
    "days", [pytest.param(-1, id="the end before the beginning"), pytest.param(2000, id="more than five years")]
)
async def test_a_time_that_is_none_is_refused(mesh: Mesh, days: int) -> None:
    now = mesh.clock()
    with pytest.raises(RefusedError, match="BAD_PARAMETER"):
        await ask(mesh, since=now - timedelta(days=days), until=now)


async def test_at_a_counter_any_province_may_ask_and_what_the_holder_signed_is_on_record(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    told = await mesh.anhui.uses.ask(COUNTER, AT_COUNTER)
    (asked,) = mesh.anhui.entries(type="DISCLOSE", step="asked")
    (answered,) = mesh.zhejiang.entries(type="DISCLOSE", step="answered")

    assert [one.exchange_id for one in told.uses] == [exchange_id]
    assert answered["expression"] == asked["expression"] == AT_COUNTER.expression
    assert answered["operator"] == asked["operator"]
    assert AT_COUNTER.operator not in str(mesh.anhui.entries() + mesh.zhejiang.entries(type="DISCLOSE"))


async def asked_directly(mesh: Mesh, asker: str, **changes: Any) -> UsesAnswer:
    """What Zhejiang says to a province, whatever that one's own checks say."""
    node = mesh[asker]
    query = replace(QUERY, **changes)
    draft = node.direct.draft_request(query, recipients=(ZHEJIANG,), exchange_id=node.new_id())
    recorded = await node.store.transact(
        lambda nouns: node.recorder.sent(nouns, draft, EventType.DISCLOSE, "asked", {"peers": [ZHEJIANG]})
    )
    envelope = await node.post.prove(recorded)
    reply: Reply[UsesAnswer] = await node.peers.ask(ZHEJIANG, HOLDER_USES, draft, envelope, 1.0)
    return reply.message


@pytest.mark.parametrize(
    ("asker", "changes", "reason"),
    [
        pytest.param(JIANGSU, {}, Reason.OUT_OF_SCOPE, id="another province, as if in the holder's app"),
        pytest.param(ANHUI, {"place": Place.COUNTER}, Reason.MISSING_PARAMETER, id="a counter without what was signed"),
        pytest.param(
            ANHUI,
            {"place": Place.COUNTER, "operator": PERSON.name, "expression": "5e" * 32},
            Reason.MISSING_PARAMETER,
            id="an operator's name where a digest is due",
        ),
        pytest.param(
            SHANGHAI, {"holder": Holder(code="110", type_code="111")}, Reason.HOLDER_CODE_INVALID, id="a wrong number"
        ),
    ],
)
async def test_the_province_that_is_asked_judges_for_itself(
    mesh: Mesh, asker: str, changes: dict[str, Any], reason: Reason
) -> None:
    await use(mesh)
    answer = await asked_directly(mesh, asker, **changes)
    (entry,) = mesh.zhejiang.entries(type="DISCLOSE")

    assert (answer.outcome, answer.uses) == (Outcome.DENIED, ())
    assert answer.refusal is not None
    assert answer.refusal.reason is reason
    assert entry["refusal"]["reason"] == reason
    assert PERSON.name not in str(entry)


def limit(mesh: Mesh, limits: UsesLimits) -> None:
    """Other limits of what Shanghai asks."""
    uses = mesh.shanghai.uses
    mesh.shanghai.uses = replace(uses, questions=replace(uses.questions, limits=limits))


async def test_a_province_may_take_no_askings_at_counters(mesh: Mesh) -> None:
    node = mesh.zhejiang
    node.uses_provider = replace(node.uses_provider, places=frozenset({Place.HOME}))
    mesh.network.join(node.post, node.handlers(), health=node.health)
    told = await mesh.anhui.uses.ask(COUNTER, AT_COUNTER)

    assert {one.province: one.outcome for one in told.outcomes}[ZHEJIANG] is Outcome.DENIED
    assert told.completeness == "INCOMPLETE"


@pytest.mark.parametrize(
    ("limits", "waits_s"),
    [
        pytest.param(UsesLimits(per_holder=2, per_app=0, per_peer=0), 86_400, id="for one holder a day"),
        pytest.param(UsesLimits(per_holder=0, per_app=2, per_peer=0), 60, id="of one line system a minute"),
    ],
)
async def test_who_asks_too_often_is_refused_and_told_when_to_come_again(
    mesh: Mesh, limits: UsesLimits, waits_s: int
) -> None:
    limit(mesh, limits)
    for _ in range(2):
        await ask(mesh)
    calls = len(mesh.network.calls)
    with pytest.raises(RefusedError) as caught:
        await ask(mesh)

    assert caught.value.refusal.reason is Reason.LIMIT_REACHED
    assert 0 < caught.value.refusal.retry_after_s <= waits_s
    assert len(mesh.network.calls) == calls
    assert mesh.shanghai.entries(type="DISCLOSE", step="refused")
    mesh.clock.move(days=1)
    assert (await ask(mesh)).completeness == "COMPLETE"


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(UsesLimits(per_holder=2, per_app=0, per_peer=0), id="for one holder a day"),
        pytest.param(UsesLimits(per_holder=0, per_app=0, per_peer=2), id="of one province a minute"),
    ],
)
async def test_a_province_that_asks_too_often_is_denied_and_that_leaves_the_answer_incomplete(
    mesh: Mesh, limits: UsesLimits
) -> None:
    node = mesh.zhejiang
    node.uses_provider = replace(node.uses_provider, limits=limits)
    mesh.network.join(node.post, node.handlers(), health=node.health)
    verdicts = [(await ask(mesh)).completeness.value for _ in range(3)]
    last = mesh.zhejiang.entries(type="DISCLOSE")[-1]

    assert verdicts == ["COMPLETE", "COMPLETE", "INCOMPLETE"]
    assert (last["outcome"], last["refusal"]["reason"]) == ("DENIED", "LIMIT_REACHED")


async def test_whoever_asks_often_pushes_no_use_out_of_the_log(mesh: Mesh) -> None:
    exchange_id, unlimited = await use(mesh), UsesLimits(per_holder=0, per_app=0, per_peer=0)
    limit(mesh, unlimited)
    for node in mesh.all.values():
        node.uses_provider = replace(node.uses_provider, limits=unlimited)
        mesh.network.join(node.post, node.handlers(), health=node.health)
    for _ in range(MAX_ASKINGS + 1):
        await ask(mesh)
    told = await ask(mesh)

    assert exchange_id in {one.exchange_id for one in told.uses}
    assert told.completeness == "COMPLETE"
    assert {role for one in told.uses for _, role in one.said_by} >= {Role.ASKER, Role.PROVIDER}


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        pytest.param(
            "1.2.156.3005.2.11100000MB03271699022.11310000MB2F056267.20240501000000000001.001.4",
            "1.2.156.3005.2.11100000MB03271699022.11310000MB2F056267.…0001.001.4",
            id="the end of the serial alone",
        ),
        pytest.param("1.2.156.3005.2.A.B.12.001.4", "1.2.156.3005.2.A.B.….001.4", id="a short serial not at all"),
        pytest.param("hmac-sm3:" + "ab" * 32, "hmac-sm3:abababa…", id="the beginning of a digest"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_certificate_is_shown_masked(reference: str, shown: str) -> None:
    assert masked(reference) == shown
