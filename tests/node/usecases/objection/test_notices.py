"""Whom the owner tells of an objection beside provinces: the issuing unit's system, and the holder at home. Clause 8.4."""

import json
from dataclasses import replace
from typing import Any

import pytest

from federation.errors import PeerError
from federation.model.event import read_event
from federation.model.notice import Addressee
from federation.model.objection_notice import ObjectionNotice, objection_notice_of
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.retrieving import RetrieveForm
from node.usecases.objection.notifying import CaseNoticeTaker
from node.usecases.telling.wording import objection_sentence
from tests.node.usecases.consent.offices import PERSON
from tests.node.usecases.mesh import CALLER, HOLDER, JIANGSU, ZHEJIANG, record
from tests.node.usecases.objection.cases import CERTIFICATE, CLAIM, COUNTER_APP, HOME_APP, MANAGER, Bureaus
from tests.node.usecases.telling.systems import APP, UNITS, Systems, hooks_of
from trust import canonical, signed_event


def texts(systems: Systems) -> list[str]:
    return [json.loads(request.body)["text"] for _, request in systems.sent]


async def drained(mesh: Bureaus) -> int:
    """Zhejiang's letters to Jiangsu go; how many."""
    count = 0
    while await mesh.mesh.zhejiang.outbox.deliver_next(JIANGSU):
        count += 1
    return count


async def test_the_issuing_unit_hears_of_an_objection_and_by_when_it_is_to_be_answered(mesh: Bureaus) -> None:
    systems = Systems()
    hooks = hooks_of(mesh.mesh.zhejiang, systems, UNITS)
    raised = await mesh.raised()
    while await hooks.deliver_next(UNITS.name):
        pass

    (text,) = texts(systems)
    assert "贵单位签发的“样例证”" in text
    assert f"请于{raised.due}前核查答复" in text
    assert "KZ_KIND" in text
    assert raised.objection_id in text
    whole = systems.sent[0][1].body.decode()
    assert not [one for one in (CLAIM, HOLDER.code, HOLDER.name) if one in whole]
    assert f"webhook/{UNITS.name}" in mesh.zhejiang.woken


async def test_the_holder_hears_of_it_at_home_when_it_is_raised_and_when_it_ends(mesh: Bureaus) -> None:
    systems = Systems()
    hooks = hooks_of(mesh.mesh.jiangsu, systems, APP)
    raised = await mesh.raised()
    await mesh.zhejiang.desk.take(MANAGER, raised.objection_id)
    corrected = record(ZHEJIANG, serial="2")
    await mesh.mesh.zhejiang.keep(corrected)
    await mesh.zhejiang.desk.correct(MANAGER, raised.objection_id, corrected.identifier, "已按批准文件更正")
    assert await drained(mesh) == 2
    while await hooks.deliver_next(APP.name):
        pass

    opened, ended = texts(systems)
    assert "您的“样例证”" in opened
    assert "已更正，说明：已按批准文件更正" in ended
    signed = signed_event.read(canonical.dumps(json.loads(systems.sent[-1][1].body)["signed"]))
    assert signed_event.verify(signed, mesh.mesh.anhui.directory.membership) == ZHEJIANG
    notice = objection_notice_of(read_event(signed.event))
    assert notice.holder_handle == mesh.mesh.jiangsu.vault.handle(HOLDER.type_code, HOLDER.code)
    assert notice.correction == corrected.identifier


async def test_an_objection_that_is_taken_up_twice_is_told_once(mesh: Bureaus) -> None:
    await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")
    mesh.mesh.network.lose_answers(ZHEJIANG)
    with pytest.raises(PeerError):
        await mesh.jiangsu.teller.tell_next(ZHEJIANG)
    mesh.mesh.jiangsu.health.alive(ZHEJIANG)
    await mesh.jiangsu.tell(ZHEJIANG)

    assert await drained(mesh) == 1


async def used(mesh: Bureaus) -> str:
    """The number of the notice that the holder got of a use."""
    one = mesh.mesh.jiangsu
    await one.retrieval.data(CALLER, RetrieveForm(apply_id=mesh.apply_id, identifier=CERTIFICATE.identifier))
    await drained(mesh)
    (told,) = one.store.read.notices.uses_of(one.vault.handle(HOLDER.type_code, HOLDER.code), 9)
    return told.notice_id


async def test_a_holder_objects_by_the_number_of_the_notice(mesh: Bureaus) -> None:
    form = mesh.of_holder(identifier="", notice_id=await used(mesh))
    raised = await mesh.jiangsu.office.raise_(HOME_APP, form, "k")
    again = await mesh.jiangsu.office.raise_(HOME_APP, form, "k")
    await mesh.jiangsu.tell(ZHEJIANG)

    assert again == raised
    assert (raised.owner, raised.certificate) == (ZHEJIANG, CERTIFICATE.identifier)
    assert mesh.zhejiang.disputed()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"notice_id": "none"}, Reason.NO_RECORD, id="a number that is none"),
        pytest.param({"holder": PERSON}, Reason.NO_RECORD, id="the notice of somebody else"),
        pytest.param(
            {"identifier": record(ZHEJIANG, serial="2").identifier}, Reason.BAD_PARAMETER, id="of another one"
        ),
        pytest.param({"notice_id": ""}, Reason.MISSING_PARAMETER, id="naming nothing"),
    ],
)
async def test_a_notice_names_one_certificate_to_the_holder_who_got_it(
    mesh: Bureaus, changes: dict[str, Any], reason: Reason
) -> None:
    form = mesh.of_holder(**({"identifier": "", "notice_id": await used(mesh)} | changes))
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.office.raise_(COUNTER_APP, form, "k")

    assert caught.value.refusal.reason is reason


NOTICE = ObjectionNotice(
    notice_id="objection-1-1H0",
    objection_id="1",
    owner=ZHEJIANG,
    addressee=Addressee.HOLDER,
    holder_handle="ab",
    issuer_code="c",
    certificate_identifier=CERTIFICATE.identifier,
    certificate_type_name="样例证",
    state="REJECTED",
    fields="KZ_KIND",
    due="2026-03-06",
    reason="登记无误",
    correction="",
    time="2026-03-01T00:00:00+00:00",
)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        pytest.param("OPEN", "用证时会标明有异议", id="raised"),
        pytest.param("REJECTED", "异议不成立，说明：登记无误", id="rejected"),
        pytest.param("WITHDRAWN", "已撤回", id="withdrawn"),
        pytest.param("A WORD OF A NEWER VERSION", "办理情况有变化", id="a word that is not known here"),
    ],
)
def test_a_holder_reads_where_it_stands_and_never_the_whole_identifier(state: str, says: str) -> None:
    text = objection_sentence(replace(NOTICE, state=state))

    assert says in text
    assert CERTIFICATE.identifier not in text


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"owner": "340000"}, id="another owner than its event's"),
        pytest.param({"notice_id": "x"}, id="another id than its event's"),
        pytest.param({"reason": 7}, id="a member that is no text"),
        pytest.param({"addressee": "NEIGHBOUR"}, id="an addressee that is none"),
    ],
)
def test_an_event_that_does_not_fit_itself_is_not_taken(changed: dict[str, Any]) -> None:
    event = NOTICE.as_event()
    other = replace(event, data={**event.data, **changed})

    CaseNoticeTaker().check(event)
    with pytest.raises(ValueError, match=r"notice|NEIGHBOUR"):
        CaseNoticeTaker().check(other)
