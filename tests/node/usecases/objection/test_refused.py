"""What is not taken: from whom, how often, and what hostile provinces tell. Nothing is kept of it but the record. P5."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.errors import PeerError
from federation.methods import OBJECTION
from federation.model.objection import ObjectionTell
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.identifier import make
from node.library.invented import MINING_TYPE
from node.ports.counterparts import counterparts
from node.ports.objections import CaseState
from node.ports.services import Caller
from node.usecases.objection.claims import Claim
from node.usecases.workshop.managers import Manager, Role
from tests.node.usecases.consent.offices import PERSON
from tests.node.usecases.mesh import CALLER, HOLDER, JIANGSU, SHANGHAI, ZHEJIANG
from tests.node.usecases.objection.cases import (
    CERTIFICATE,
    COUNTER_APP,
    HOME_APP,
    MANAGER,
    PER_DAY,
    Bureau,
    Bureaus,
    bureau,
)
from trust.commitment import Opening
from trust.objection import Move, Raised, RaisedBy, Signed, State, begun, read, sign, verify

OTHER = Caller(app_id="other", use_org_code="11320000DEMA00216X", use_org_name="另一系统")


@pytest.mark.parametrize(
    ("caller", "changes", "reason"),
    [
        pytest.param(
            CALLER,
            {"identifier": make(MINING_TYPE, CERTIFICATE.issuer_code, "7", 1)},
            Reason.NO_RECORD,
            id="one it has not found",
        ),
        pytest.param(CALLER, {"apply_id": "none"}, Reason.NO_RECORD, id="under no application"),
        pytest.param(OTHER, {}, Reason.NO_RECORD, id="under another system's application"),
        pytest.param(CALLER, {"claim": " "}, Reason.BAD_PARAMETER, id="claiming nothing"),
        pytest.param(CALLER, {"claim": "长" * 1001}, Reason.BAD_PARAMETER, id="claiming too much"),
        pytest.param(CALLER, {"owner": "110000"}, Reason.BAD_PARAMETER, id="answered by no member"),
        pytest.param(CALLER, {"fields": ("a", "a")}, Reason.BAD_PARAMETER, id="a field twice"),
    ],
)
async def test_a_unit_objects_to_what_it_has_found_and_says_what_is_wrong(
    mesh: Bureaus, caller: Caller, changes: dict[str, Any], reason: Reason
) -> None:
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.office.raise_(caller, mesh.form(**changes), "k")

    assert caught.value.refusal.reason is reason
    assert [one["refusal"]["reason"] for one in mesh.jiangsu.entries("refused")] == [reason.value]
    assert not mesh.jiangsu.province.store.read.objections.any_waiting()


@pytest.mark.parametrize(
    ("caller", "holder", "reason"),
    [
        pytest.param(CALLER, HOLDER, Reason.OUT_OF_SCOPE, id="by a system that takes no consents"),
        pytest.param(HOME_APP, PERSON, Reason.OUT_OF_SCOPE, id="in the app of another province"),
        pytest.param(
            COUNTER_APP, replace(HOLDER, code="9133"), Reason.HOLDER_CODE_INVALID, id="with a number that is none"
        ),
        pytest.param(COUNTER_APP, None, Reason.MISSING_PARAMETER, id="of nobody"),
    ],
)
async def test_a_holder_objects_at_home_or_at_a_counter(
    mesh: Bureaus, caller: Caller, holder: Any, reason: Reason
) -> None:
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.office.raise_(caller, mesh.of_holder(holder=holder), "k")

    assert caught.value.refusal.reason is reason


@pytest.mark.parametrize(
    "identifier",
    [
        pytest.param(CERTIFICATE.identifier, id="one of another holder"),
        pytest.param(make(MINING_TYPE, CERTIFICATE.issuer_code, "7", 1), id="one that there is not"),
    ],
)
async def test_the_owner_says_the_same_no_to_a_stranger_whether_there_is_such_a_certificate_or_not(
    mesh: Bureaus, identifier: str
) -> None:
    raised = await mesh.jiangsu.office.raise_(COUNTER_APP, mesh.of_holder(identifier=identifier, holder=PERSON), "k")
    await mesh.jiangsu.tell(ZHEJIANG)
    (seen,) = await mesh.jiangsu.office.show(COUNTER_APP, raised.objection_id)

    assert (seen.state, seen.refusal) == (CaseState.REFUSED, "NO_RECORD")
    assert (mesh.zhejiang.state(raised.objection_id), mesh.zhejiang.disputed()) == ("", False)
    assert not mesh.jiangsu.province.store.read.objections.any_waiting()
    (told,) = mesh.jiangsu.entries("told")
    assert told["refusal"]["reason"] == "NO_RECORD"


async def test_a_line_system_raises_so_many_a_day(mesh: Bureaus) -> None:
    for number in range(PER_DAY):
        await mesh.jiangsu.office.raise_(CALLER, mesh.form(), f"k{number}")
    with pytest.raises(RefusedError, match="LIMIT_REACHED"):
        await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "one more")
    await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k0")

    mesh.mesh.clock.move(hours=24, seconds=1)
    assert (await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "one more")).state is CaseState.OPEN


async def test_a_key_stands_for_one_objection(mesh: Bureaus) -> None:
    first = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")
    again = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")
    assert again == first

    for changes in ({"claim": "另一说法"}, {"fields": ("KZ_NAME",)}):
        with pytest.raises(RefusedError, match="REPLAYED"):
            await mesh.jiangsu.office.raise_(CALLER, mesh.form(**changes), "k")
    assert await mesh.jiangsu.tell(ZHEJIANG) == 1


async def test_another_system_neither_sees_nor_withdraws_it(mesh: Bureaus) -> None:
    raised = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")

    assert await mesh.jiangsu.office.show(OTHER, "") == ()
    for ask in (mesh.jiangsu.office.show, mesh.jiangsu.office.withdraw):
        with pytest.raises(RefusedError, match="NO_RECORD"):
            await ask(OTHER, raised.objection_id)


async def test_answering_takes_a_manager_with_the_role_a_reason_and_a_case_that_waits(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    editor = Manager(account="e", roles=frozenset({Role.EDIT}))
    desk, one = mesh.zhejiang.desk, raised.objection_id
    for attempt, reason in (
        (desk.reject(editor, one, "登记无误"), Reason.NOT_AUTHORISED),
        (desk.show(editor, one), Reason.NOT_AUTHORISED),
        (desk.reject(MANAGER, one, " "), Reason.BAD_PARAMETER),
        (desk.reject(MANAGER, one, "持证人 11010519491231002X 登记无误"), Reason.BAD_PARAMETER),
        (desk.take(MANAGER, "none"), Reason.NO_RECORD),
        (mesh.jiangsu.desk.take(MANAGER, one), Reason.NO_RECORD),
    ):
        with pytest.raises(RefusedError) as caught:
            await attempt
        assert caught.value.refusal.reason is reason

    await desk.take(MANAGER, one)
    with pytest.raises(RefusedError, match="VERSION_CONFLICT"):
        await desk.take(MANAGER, one)
    await desk.reject(MANAGER, one, "登记无误")
    with pytest.raises(RefusedError, match="VERSION_CONFLICT"):
        await desk.correct(MANAGER, one, "")


def signed_by(one: Bureau, record: Raised | Move) -> Signed:
    """Signed by a province, whatever it says."""
    key = one.province.identity
    return sign(record, certificate=key.signing_certificate, signer=key.signing_key.sign)


async def tell(sender: Bureau, peer: str, *documents: Signed, opening: Opening | None = None) -> None:
    """Tell a peer these documents, whatever they are, under an id of their own."""
    message = ObjectionTell(
        documents=tuple(one.to_json() for one in documents),
        salt=opening.salt if opening else b"",
        content=opening.content if opening else b"",
    )
    one = sender.province
    draft = one.direct.draft_request(message, recipients=(peer,), exchange_id=one.new_id())
    await one.peers.ask(peer, OBJECTION, draft, one.direct.sign(draft), 1.0)


def held(one: Bureau, objection_id: str) -> list[Signed]:
    return [read(document) for document in one.province.store.read.objections.documents(objection_id)]


def verdict(case: list[Signed], by: Bureau, state: State, **changes: Any) -> Signed:
    """What the owner might say."""
    known = begun(case)
    move = Move(
        id=known.raised.id,
        owner=known.raised.owner,
        number=known.next_number,
        previous=known.newest,
        state=state,
        at=known.raised.raised,
        reason="登记无误",
        correction="",
        withdrawal="",
    )
    return signed_by(by, replace(move, **changes))


async def test_a_move_that_the_owner_has_not_signed_changes_nothing(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    documents = held(mesh.zhejiang, raised.objection_id)
    forged = verdict(documents, mesh.shanghai, State.REJECTED)

    with pytest.raises(PeerError) as caught:
        await tell(mesh.zhejiang, JIANGSU, *documents, forged)

    assert caught.value.refusal.reason is Reason.BAD_PARAMETER
    assert mesh.jiangsu.state(raised.objection_id) == "OPEN"
    assert mesh.jiangsu.province.entries(type="REFUSE")


async def test_nobody_but_the_owner_tells_others_of_a_case_and_nobody_but_the_raiser_tells_the_owner(
    mesh: Bureaus,
) -> None:
    raised = await mesh.raised()
    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "登记无误")
    documents = held(mesh.zhejiang, raised.objection_id)

    for peer in (JIANGSU, ZHEJIANG):
        with pytest.raises(PeerError) as caught:
            await tell(mesh.shanghai, peer, *documents)
        assert caught.value.refusal.reason is Reason.BAD_PARAMETER
    assert mesh.jiangsu.state(raised.objection_id) == "OPEN"


async def test_an_owner_that_says_two_things_is_believed_the_first_alone(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    documents = held(mesh.zhejiang, raised.objection_id)
    await tell(mesh.zhejiang, JIANGSU, *documents, verdict(documents, mesh.zhejiang, State.REJECTED))
    await tell(mesh.zhejiang, JIANGSU, *documents, verdict(documents, mesh.zhejiang, State.CORRECTED))

    assert mesh.jiangsu.state(raised.objection_id) == "REJECTED"
    refusals = [one["refusal"]["reason"] for one in mesh.jiangsu.entries("answered") if "refusal" in one]
    assert refusals == ["VERSION_CONFLICT"]
    (file,) = mesh.jiangsu.province.exhibits.recent(f"objection-{ZHEJIANG}-", 9)
    known, told = ([read(json.dumps(one).encode()) for one in json.loads(file)[side]] for side in ("known", "told"))
    said = [one.record.state for one in (*known, *told) if isinstance(one.record, Move)]
    assert said == [State.REJECTED, State.CORRECTED], "the two that contradict, and nothing that both know"
    for one in (*known, *told):
        verify(one, mesh.mesh.anhui.directory.membership)


@pytest.mark.parametrize("words", ["another claim", ""])
async def test_the_owner_takes_no_case_whose_claim_it_cannot_read(mesh: Bureaus, words: str) -> None:
    raised = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")
    opening = Claim(identifier=CERTIFICATE.identifier, words=words).opening() if words else None
    await tell(mesh.jiangsu, ZHEJIANG, *held(mesh.jiangsu, raised.objection_id), opening=opening)

    assert (mesh.zhejiang.state(raised.objection_id), mesh.zhejiang.disputed()) == ("", False)


async def test_a_case_from_the_future_is_refused(mesh: Bureaus) -> None:
    raised = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")
    (first,) = held(mesh.jiangsu, raised.objection_id)
    assert isinstance(first.record, Raised)
    ahead = first.record.made + timedelta(days=2)
    late = replace(
        first.record, id="09" * 16, raised=ahead.isoformat(), due=(ahead + timedelta(days=7)).date().isoformat()
    )

    with pytest.raises(PeerError) as caught:
        await tell(mesh.jiangsu, ZHEJIANG, signed_by(mesh.jiangsu, late))

    assert caught.value.refusal.reason is Reason.BAD_PARAMETER


async def test_a_member_that_objects_under_an_application_it_never_made_learns_nothing(mesh: Bureaus) -> None:
    opening = Claim(identifier=CERTIFICATE.identifier, words="探询").opening()
    now = mesh.mesh.clock()
    probe = Raised(
        id="09" * 16,
        province=SHANGHAI,
        owner=ZHEJIANG,
        by=RaisedBy.USE_ORG,
        unit="",
        certificate=CERTIFICATE.identifier,
        holder="",
        application=mesh.apply_id,
        fields=("KZ_KIND",),
        claim=opening.commitment,
        raised=now.isoformat(),
        due=(now + timedelta(days=7)).date().isoformat(),
    )
    await tell(mesh.shanghai, ZHEJIANG, signed_by(mesh.shanghai, probe), opening=opening)

    (answered,) = mesh.zhejiang.entries("answered")
    assert answered["refusal"]["reason"] == "NO_RECORD"
    assert not mesh.zhejiang.disputed()


async def test_an_answer_that_is_lost_is_asked_for_again_and_the_case_is_taken_once(mesh: Bureaus) -> None:
    raised = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k")
    mesh.mesh.network.lose_answers(ZHEJIANG)
    with pytest.raises(PeerError):
        await mesh.jiangsu.teller.tell_next(ZHEJIANG)
    mesh.mesh.jiangsu.health.alive(ZHEJIANG)

    assert await mesh.jiangsu.tell(ZHEJIANG) == 1
    assert [one.get("repeated", False) for one in mesh.zhejiang.entries("answered")] == [False, True]
    assert mesh.zhejiang.province.store.read.objections.waiting_of(JIANGSU) == 1
    assert len(held(mesh.zhejiang, raised.objection_id)) == 1


async def test_an_owner_that_is_full_is_asked_again_and_both_have_it_on_record(mesh: Bureaus) -> None:
    zhejiang = bureau(mesh.mesh.zhejiang, max_waiting=1)
    await mesh.raised("k1")
    second = await mesh.jiangsu.office.raise_(CALLER, mesh.form(), "k2")
    with pytest.raises(PeerError) as caught:
        await mesh.jiangsu.teller.tell_next(ZHEJIANG)

    assert caught.value.refusal.reason is Reason.LIMIT_REACHED
    assert mesh.jiangsu.province.store.read.objections.untold(second.objection_id) == {ZHEJIANG: 1}
    told, answered = mesh.jiangsu.entries("told")[-1], zhejiang.entries("answered")[-1]
    assert told["refusal"]["reason"] == "LIMIT_REACHED"
    assert (told["answer"], told["request"]) == (answered["answer"], answered["request"])


async def test_every_answer_between_two_provinces_stands_in_both_logs_alike(mesh: Bureaus) -> None:
    raised = await mesh.raised()
    await mesh.zhejiang.desk.reject(MANAGER, raised.objection_id, "登记无误")
    await mesh.zhejiang.tell(JIANGSU)
    here, there = (
        {element for one in each.province.entries(type="OBJECTION") for _, element in counterparts(one)}
        for each in (mesh.jiangsu, mesh.zhejiang)
    )

    assert here == there
    assert len(here) == 2
