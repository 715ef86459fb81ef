"""Applications over four provinces in one process: verdicts, use codes, peers that are away, and what is put on record."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from federation.methods import SUBMIT
from federation.model.application import Application, Result, Verdict
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.holder import make_citizen_id
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.lists import Kind
from node.ports.services import Caller, Submitted
from node.usecases.applying.application import received
from node.usecases.applying.seal import open_application
from tests.node.usecases.mesh import (
    ANHUI,
    CALLER,
    HOLDER,
    ITEM,
    JIANGSU,
    LINE,
    OPERATOR,
    SHANGHAI,
    ZHEJIANG,
    Mesh,
    entry,
    form,
    line,
)
from trust.errors import DecryptionError


def outcomes(submitted: Submitted) -> dict[str, str]:
    return {one.province: one.outcome for one in submitted.verdicts}


def verdict_of(submitted: Submitted, province: str) -> Verdict:
    found = next(one.verdict for one in submitted.verdicts if one.province == province)
    assert found is not None
    return found


def refusal_of(submitted: Submitted, province: str) -> Reason | None:
    one = next(one for one in submitted.verdicts if one.province == province)
    refusal = one.refusal or (one.verdict.reasons[0] if one.verdict and one.verdict.reasons else None)
    return refusal.reason if refusal else None


async def ask_again(mesh: Mesh, application: Application, exchange_id: str) -> Verdict:
    """Send an application from Jiangsu to Zhejiang as a peer would."""
    post = mesh.jiangsu.direct
    draft = post.draft_request(application, recipients=(ZHEJIANG,), exchange_id=exchange_id)
    reply = await mesh.network.peers_of(JIANGSU).ask(ZHEJIANG, SUBMIT, draft, post.sign(draft), 1.0)
    verdict: Verdict = reply.message
    return verdict


async def test_every_province_of_the_line_that_offers_a_type_gives_a_use_code(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()

    assert outcomes(submitted) == {JIANGSU: "OK", ZHEJIANG: "OK", ANHUI: "OK"}
    assert len({verdict_of(submitted, code).use_code for code in (JIANGSU, ZHEJIANG, ANHUI)}) == 3


async def test_a_verdict_covers_the_types_the_province_offers_and_the_fields_of_the_line(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()

    assert verdict_of(submitted, ANHUI).type_codes == (LAND_TYPE,)
    assert verdict_of(submitted, ZHEJIANG).fields == ("KZ_KIND", "KZ_NAME")


async def test_a_verdict_covers_no_more_fields_than_were_wanted(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit(fields=("KZ_NAME",))

    assert verdict_of(submitted, ZHEJIANG).fields == ("KZ_NAME",)


async def test_the_own_province_is_answered_without_a_call(mesh: Mesh) -> None:
    before = len(mesh.network.calls)
    await mesh.jiangsu.submit()

    assert {call.receiver for call in mesh.network.calls[before:]} == {ZHEJIANG, ANHUI}


async def test_a_province_that_offers_none_of_the_types_is_left_out_with_the_reason(mesh: Mesh) -> None:
    before = len(mesh.network.calls)
    submitted = await mesh.jiangsu.submit(type_codes=(MINING_TYPE,))

    assert outcomes(submitted) == {JIANGSU: "SKIPPED", ZHEJIANG: "OK", ANHUI: "SKIPPED"}
    assert refusal_of(submitted, ANHUI) is Reason.TYPE_NOT_OFFERED
    assert [call.receiver for call in mesh.network.calls[before:]] == [ZHEJIANG]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"status": "REJECTED", "reasons": ("PURPOSE",)}, Reason.USE_LIST_REJECTED, id="rejected"),
        pytest.param({"status": "SUSPENDED"}, Reason.LINE_SUSPENDED_THERE, id="suspended there"),
        pytest.param({"line_digest": "0" * 64}, Reason.USE_LIST_UNDECIDED, id="not decided in this form"),
        pytest.param(
            {"status": "LIMITED", "output_modes": ("VERIFY",)}, Reason.OUTPUT_NOT_ALLOWED, id="limited to other outputs"
        ),
    ],
)
async def test_a_province_whose_decision_does_not_admit_the_line_is_left_out_with_the_reason(
    mesh: Mesh, changes: dict[str, Any], reason: Reason
) -> None:
    await mesh.zhejiang.decide(line(), **changes)
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)
    before = len(mesh.network.calls)
    submitted = await mesh.jiangsu.submit()

    assert (outcomes(submitted)[ZHEJIANG], refusal_of(submitted, ZHEJIANG)) == ("SKIPPED", reason)
    assert [call.receiver for call in mesh.network.calls[before:]] == [ANHUI]


async def test_a_decision_that_the_consumer_does_not_know_yet_is_told_by_the_provider(mesh: Mesh) -> None:
    await mesh.zhejiang.decide(line(), status="SUSPENDED")
    submitted = await mesh.jiangsu.submit()

    assert (outcomes(submitted)[ZHEJIANG], refusal_of(submitted, ZHEJIANG)) == ("DENIED", Reason.LINE_SUSPENDED_THERE)


async def test_a_verdict_keeps_within_the_providers_limits(mesh: Mesh) -> None:
    await mesh.zhejiang.decide(line(), status="LIMITED", type_codes=(LAND_TYPE,), allowed_fields=("KZ_NAME",))
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)
    verdict = verdict_of(await mesh.jiangsu.submit(), ZHEJIANG)

    assert (verdict.type_codes, verdict.fields) == ((LAND_TYPE,), ("KZ_NAME",))


async def test_an_application_quotes_the_version_of_its_line_that_is_effective(mesh: Mesh) -> None:
    later = (mesh.clock() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    both = (line(), line(version=2, effective=later))
    await mesh.jiangsu.publications.publish(Kind.USELIST, both)
    for provider in (mesh.zhejiang, mesh.anhui):
        await provider.hold(mesh.jiangsu, Kind.USELIST)
        await provider.decide(*both)
        await mesh.jiangsu.hold(provider, Kind.DECISIONS)
    before = await mesh.jiangsu.submit()
    mesh.clock.move(hours=1)
    after = await mesh.jiangsu.submit()
    late = await ask_again(mesh, replace(before.application, apply_id="another"), "e9")

    assert [one.application.use_list_version for one in (before, after)] == [1, 2]
    assert [outcomes(one)[ZHEJIANG] for one in (before, after)] == ["OK", "OK"]
    assert [one.reason for one in late.reasons] == [Reason.USE_LIST_SUPERSEDED]


@pytest.mark.parametrize(
    ("caller", "changes", "reason"),
    [
        pytest.param(
            {"item_codes": frozenset({"other"})}, {}, Reason.OUT_OF_SCOPE, id="an item that is not the caller's"
        ),
        pytest.param(
            {"operators": frozenset({"x"})}, {}, Reason.OUT_OF_SCOPE, id="an operator that is not the caller's"
        ),
        pytest.param({"use_org_code": "11320000DEMA0099"}, {}, Reason.OUT_OF_SCOPE, id="a caller of another unit"),
        pytest.param({}, {"use_list_id": "JS-9"}, Reason.USE_LIST_MISSING, id="a line that does not exist"),
        pytest.param({}, {"use_cause": ""}, Reason.MISSING_PARAMETER, id="a mandatory field missing"),
        pytest.param({}, {"fields": ("KZ_SCALE",)}, Reason.OUTPUT_NOT_ALLOWED, id="a field beyond the line"),
        pytest.param(
            {},
            {"holder": replace(HOLDER, code=f"{HOLDER.code[:-1]}0")},
            Reason.HOLDER_CODE_INVALID,
            id="a bad holder code",
        ),
    ],
)
async def test_what_fails_here_already_is_refused_on_record_and_never_sent(
    mesh: Mesh, caller: dict[str, Any], changes: dict[str, Any], reason: Reason
) -> None:
    before = len(mesh.network.calls)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.applications.submit(replace(CALLER, **caller), form(**changes))
    (entry_,) = mesh.jiangsu.entries(type="APPLY")

    assert caught.value.refusal.reason is reason
    assert (entry_["step"], entry_["refusal"]["reason"]) == ("refused", reason.value)
    assert mesh.network.calls[before:] == []


async def test_the_caller_of_the_item_and_the_operator_may_apply(mesh: Mesh) -> None:
    caller: Caller = replace(CALLER, item_codes=frozenset({ITEM}), operators=frozenset({OPERATOR.account}))
    submitted = await mesh.jiangsu.applications.submit(caller, form())

    assert outcomes(submitted)[ZHEJIANG] == "OK"


async def test_the_unit_of_an_application_is_the_callers(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()

    assert submitted.application.use_org_code == CALLER.use_org_code


async def test_the_provider_decides_on_its_own_copy_of_the_list(mesh: Mesh) -> None:
    """The consumer has a new line that the provider has not pulled yet: the provider's copy counts. DESIGN §2.4."""
    wide = line(version=2, allowed_fields=("KZ_KIND", "KZ_NAME", "KZ_SCALE"))
    await mesh.jiangsu.publications.publish(Kind.USELIST, (wide,))
    await mesh.zhejiang.decide(wide)
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)
    submitted = await mesh.jiangsu.submit(fields=("KZ_SCALE",))

    assert outcomes(submitted)[ZHEJIANG] == "DENIED"
    assert refusal_of(submitted, ZHEJIANG) is Reason.USE_LIST_UNKNOWN_VERSION


async def test_a_line_withdrawn_at_the_consumer_is_refused_by_the_provider_after_its_pull(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()
    await mesh.jiangsu.publications.publish(Kind.USELIST, ())
    await mesh.zhejiang.publications.exchange_with(JIANGSU)
    verdict = await ask_again(mesh, replace(submitted.application, apply_id="another"), "e9")

    assert (verdict.result, verdict.reasons[0].reason) == (Result.REJECT, Reason.USE_LIST_MISSING)


async def test_a_line_ends_at_midnight_in_china_at_the_provider(mesh: Mesh) -> None:
    """00:30 in China is still the day before in UTC."""
    mesh.clock.now = mesh.clock.now.replace(hour=16, minute=30)
    yesterday = mesh.clock.now.date().isoformat()
    await mesh.jiangsu.publications.publish(Kind.USELIST, (line(valid_to=yesterday),))
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.submit()

    assert caught.value.refusal.reason is Reason.USE_LIST_NOT_IN_FORCE


async def test_a_provider_that_no_longer_offers_the_type_rejects(mesh: Mesh) -> None:
    """The consumer still holds the older catalogue."""
    await mesh.anhui.publications.publish(Kind.CATALOGUE, (entry(ANHUI, LAND_TYPE, share_modes=()),))
    submitted = await mesh.jiangsu.submit()

    assert (outcomes(submitted)[ANHUI], refusal_of(submitted, ANHUI)) == ("DENIED", Reason.TYPE_NOT_OFFERED)


async def test_a_rejection_has_reasons_and_no_use_code(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()
    verdict = await ask_again(mesh, replace(submitted.application, apply_id="another", item_code="I2"), "e9")

    assert [one.reason for one in verdict.reasons] == [Reason.MATTER_MISMATCH]
    assert (verdict.use_code, verdict.type_codes) == ("", ())


async def test_the_provider_checks_the_form_again(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()
    broken = replace(submitted.application, apply_id="another", holder=replace(HOLDER, code="91320000XXXXXXXXXX"))
    verdict = await ask_again(mesh, broken, "e9")

    assert verdict.reasons[0].code == 103


async def test_an_application_asked_again_gets_the_same_verdict_and_use_code(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()
    mesh.clock.move(minutes=1)
    again = await ask_again(mesh, submitted.application, "another-exchange")

    assert again == verdict_of(submitted, ZHEJIANG)


async def test_another_holder_under_the_same_apply_id_is_refused(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()
    code = make_citizen_id(JIANGSU, date(1980, 1, 1), 1)
    other = replace(submitted.application, holder=replace(HOLDER, code=code, type_code="111"))
    verdict = await ask_again(mesh, other, "another-exchange")

    assert (verdict.result, verdict.reasons[0].reason) == (Result.REJECT, Reason.REPLAYED)


async def test_the_same_apply_id_of_two_consumers_has_two_use_codes(mesh: Mesh) -> None:
    verifier = mesh.zhejiang.verifier

    assert verifier.use_code(JIANGSU, "a", 0) != verifier.use_code(SHANGHAI, "a", 0)


async def test_a_peer_that_is_down_is_an_error_and_the_rest_answers(mesh: Mesh) -> None:
    mesh.network.down(ZHEJIANG)
    submitted = await mesh.jiangsu.submit()

    assert outcomes(submitted) == {JIANGSU: "OK", ZHEJIANG: "ERROR", ANHUI: "OK"}
    assert refusal_of(submitted, ZHEJIANG) is Reason.PEER_UNREACHABLE


async def test_a_peer_that_is_silent_is_a_timeout_and_the_rest_answers(mesh: Mesh) -> None:
    mesh.network.silent(ANHUI)
    submitted = await mesh.jiangsu.submit()

    assert outcomes(submitted) == {JIANGSU: "OK", ZHEJIANG: "OK", ANHUI: "TIMEOUT"}


async def test_a_verdict_that_was_tampered_with_is_an_error(mesh: Mesh) -> None:
    mesh.network.tamper(ZHEJIANG)
    submitted = await mesh.jiangsu.submit()

    assert refusal_of(submitted, ZHEJIANG) is Reason.SIGNATURE_INVALID


async def test_both_sides_hold_an_entry_of_the_exchange_with_each_others_digests(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()
    asked, answered = mesh.jiangsu.entries(exchange=submitted.exchange_id, type="APPLY")
    (verified,) = mesh.zhejiang.entries(exchange=submitted.exchange_id)
    of_zhejiang = next(one for one in answered["outcomes"] if one["province"] == ZHEJIANG)

    assert (verified["request"], verified["answer"]) == (asked["request"], of_zhejiang["answer"])
    assert (verified["type"], verified["result"]) == ("VERIFY", "PASS")


async def test_a_rejection_is_on_record_at_the_provider(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()
    await ask_again(mesh, replace(submitted.application, apply_id="another", item_code="I2"), "e9")
    (verified,) = mesh.zhejiang.entries(exchange="e9")

    assert (verified["result"], verified["reasons"]) == ("REJECT", [{"code": 204, "reason": "MATTER_MISMATCH"}])


async def test_a_peer_that_did_not_answer_is_on_record(mesh: Mesh) -> None:
    mesh.network.down(ZHEJIANG)
    submitted = await mesh.jiangsu.submit()
    (answered,) = mesh.jiangsu.entries(exchange=submitted.exchange_id, step="answered")

    assert answered["outcomes"][0] == {
        "province": ZHEJIANG,
        "outcome": "ERROR",
        "refusal": {"code": 2, "reason": "PEER_UNREACHABLE"},
    }


async def test_an_application_at_rest_opens_to_itself_and_under_no_other_id(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()
    own = mesh.jiangsu.store.read.applications.own(submitted.application.apply_id)
    assert own is not None
    opened = open_application(mesh.jiangsu.vault, own)

    assert opened == submitted.application
    assert HOLDER.code.encode() not in own.sealed
    with pytest.raises(DecryptionError):
        open_application(mesh.jiangsu.vault, replace(own, apply_id="another"))


async def test_a_rejection_that_names_no_reason_is_kept_as_an_error_of_the_peer(mesh: Mesh) -> None:
    """A peer of another make may leave the reasons out; the search that follows must be able to say something."""
    submitted = await mesh.jiangsu.submit()
    bare = replace(verdict_of(submitted, ZHEJIANG), result=Result.REJECT, reasons=())

    assert received(bare).reason == Reason.PEER_ERROR.value


async def test_an_application_that_the_line_does_not_name_any_province_for_asks_nobody(mesh: Mesh) -> None:
    await mesh.jiangsu.publications.publish(Kind.USELIST, (line(provider_provinces=()),))
    submitted = await mesh.jiangsu.submit(use_list_id=LINE)

    assert submitted.verdicts == ()


async def test_what_is_no_line_never_stands_in_evidence(mesh: Mesh) -> None:
    """A clerk may type an ID number into the wrong field."""
    with pytest.raises(RefusedError):
        await mesh.jiangsu.submit(use_list_id="11010519491231002X")

    (entry,) = mesh.jiangsu.entries(type="APPLY", step="refused")
    assert "11010519491231002X" not in repr(entry)
