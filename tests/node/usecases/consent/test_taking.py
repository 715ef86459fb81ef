"""Taking, showing and taking back: who may, what is on record, and that a revocation ends everything that rests on the consent."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.model.application import Result
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.consenting import ConsentForm, ConsentInquiry
from node.ports.retrieving import RetrieveForm
from node.ports.services import Caller, SearchForm
from tests.node.usecases.consent.offices import (
    COUNTER_APP,
    DELEGATE,
    EXPRESSION,
    HOME_APP,
    PERSON,
    applying,
    asked,
    at_counter,
    given,
    given_at_counter,
    office,
    taken_back,
)
from tests.node.usecases.mesh import (
    ANHUI,
    CALLER,
    HOLDER,
    JIANGSU,
    OPERATOR,
    ORG,
    SHANGHAI,
    ZHEJIANG,
    Mesh,
    Province,
    outcome,
    record,
)
from tests.node.usecases.papers import sealed_file
from tests.node.usecases.test_stops import tap
from trust import consent as consents
from trust.consent import Channel, Mode
from trust.orders import Action, Kind

CERTIFICATE = record(ZHEJIANG, holders=(PERSON,))
BYTES = sealed_file(CERTIFICATE.identifier, size=3 << 20)


async def test_a_consent_given_at_home_says_who_lets_whom_do_what(mesh: Mesh) -> None:
    taken = await given(mesh)
    signed = consents.read(taken.document)
    consents.verify(signed, mesh.jiangsu.membership)
    one = signed.consent

    assert (one.province, one.channel, one.mode) == (SHANGHAI, Channel.HOME, Mode.HOLDER)
    assert one.grantor == mesh.zhejiang.vault.handle(PERSON.type_code, PERSON.code)
    assert (one.grantee_province, one.grantee_unit, one.delegate) == (JIANGSU, ORG, "")
    assert (one.expression, one.operator) == ("", "")
    assert taken.state == "IN_FORCE"


async def test_a_consent_given_at_a_counter_holds_digests_of_expression_and_operator(mesh: Mesh) -> None:
    one = (await given_at_counter(mesh)).consent

    assert (one.province, one.grantee_province, one.grantee_unit) == (JIANGSU, JIANGSU, ORG)
    assert one.expression == EXPRESSION
    assert len(one.operator) == 64
    assert OPERATOR.account.encode() not in one.payload()


AWAY = replace(asked(), holder=HOLDER)  # registered in Jiangsu
BAD, SCOPE, MISMATCH = Reason.BAD_PARAMETER, Reason.OUT_OF_SCOPE, Reason.CONSENT_MISMATCH
REFUSED: dict[str, tuple[str, Caller, ConsentForm, Reason]] = {
    "a line system that takes no consents": (SHANGHAI, CALLER, asked(), SCOPE),
    "the home province's app, at a counter": (SHANGHAI, HOME_APP, at_counter(), SCOPE),
    "a counter, in the place of the app": (JIANGSU, COUNTER_APP, asked(), SCOPE),
    "a holder of another province, at home": (SHANGHAI, HOME_APP, AWAY, MISMATCH),
    "a wrong number": (SHANGHAI, HOME_APP, asked(holder=replace(PERSON, code="1")), Reason.HOLDER_CODE_INVALID),
    "a grantee that is no member": (SHANGHAI, HOME_APP, asked(grantee_province="350000"), BAD),
    "a grantee without a code": (SHANGHAI, HOME_APP, asked(grantee_unit=""), BAD),
    "a delegation to nobody": (SHANGHAI, HOME_APP, asked(mode=Mode.ENTRUST), BAD),
    "a delegate without a delegation": (SHANGHAI, HOME_APP, asked(delegate=DELEGATE), BAD),
    "no types": (SHANGHAI, HOME_APP, asked(type_codes=()), BAD),
    "a counter for another unit": (JIANGSU, COUNTER_APP, at_counter(grantee_unit="11320000DEMA00219Q"), SCOPE),
    "a counter for another province": (JIANGSU, COUNTER_APP, at_counter(grantee_province=ZHEJIANG), SCOPE),
    "a counter without an operator": (JIANGSU, COUNTER_APP, at_counter(operator=""), SCOPE),
    "a counter without an expression": (JIANGSU, COUNTER_APP, at_counter(expression=""), BAD),
    "an operator of another system": (
        JIANGSU,
        replace(COUNTER_APP, operators=frozenset({"clerk-8"})),
        at_counter(),
        SCOPE,
    ),
    "an item of another system": (
        JIANGSU,
        replace(COUNTER_APP, item_codes=frozenset({"ITEM-2"})),
        at_counter(),
        SCOPE,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_may_not_be_taken_is_refused_and_nothing_is_kept(mesh: Mesh, what: str) -> None:
    code, caller, form, reason = REFUSED[what]
    with pytest.raises(RefusedError) as caught:
        await office(mesh[code]).give(caller, form, "k")

    assert caught.value.refusal.reason is reason
    assert PERSON.code not in caught.value.refusal.detail
    assert not mesh[code].entries(type="CONSENT", step="taken")


async def test_a_consent_beyond_the_nodes_bound_is_refused(mesh: Mesh) -> None:
    short = replace(office(mesh.shanghai), lifetime=timedelta(days=10))
    with pytest.raises(RefusedError) as caught:
        await short.give(HOME_APP, asked(until=mesh.clock() + timedelta(days=11)), "k")
    taken = await short.give(HOME_APP, asked(), "k")

    assert caught.value.refusal.detail == "until: within 10 days"
    assert taken.consent.ends == mesh.clock() + timedelta(days=10)


async def test_who_repeats_with_the_same_key_gets_the_same_consent(mesh: Mesh) -> None:
    first = await office(mesh.shanghai).give(HOME_APP, asked(), "k")
    mesh.clock.move(minutes=2)
    again = await office(mesh.shanghai).give(HOME_APP, asked(), "k")
    with pytest.raises(RefusedError) as caught:
        await office(mesh.shanghai).give(HOME_APP, asked(item_code="ITEM-2"), "k")

    assert again == first
    assert caught.value.refusal.reason is Reason.REPLAYED


async def test_a_key_stands_for_a_consent_with_the_times_that_were_sent(mesh: Mesh) -> None:
    end, shanghai = mesh.clock() + timedelta(days=30), office(mesh.shanghai)
    first = await shanghai.give(HOME_APP, asked(until=end), "k")
    mesh.clock.move(minutes=2)
    told = []
    for changes in ({"until": end - timedelta(days=29)}, {"since": mesh.clock() + timedelta(days=1), "until": end}):
        with pytest.raises(RefusedError) as caught:
            await shanghai.give(HOME_APP, asked(**changes), "k")
        told.append(caught.value.refusal.reason)

    assert told == [Reason.REPLAYED] * 2
    assert await shanghai.give(HOME_APP, asked(until=end), "k") == first
    assert len(mesh.shanghai.entries(type="CONSENT", step="taken")) == 1


async def test_the_entry_of_a_consent_names_its_scope_and_no_person(mesh: Mesh) -> None:
    taken = await given_at_counter(mesh)
    (entry,) = mesh.jiangsu.entries(type="CONSENT", step="taken")

    assert entry["consent"] == consents.read(taken.document).digest
    assert (entry["channel"], entry["mode"], entry["org"], entry["item"]) == ("COUNTER", "HOLDER", ORG, "ITEM-1")
    for secret in (PERSON.code, PERSON.name, OPERATOR.account, taken.consent.grantor, taken.consent.operator):
        assert secret not in repr(entry)


async def shown(mesh: Mesh, code: str, caller: Caller, **changes: Any) -> list[tuple[str, str]]:
    found = await office(mesh[code]).show(caller, ConsentInquiry(**{"holder": PERSON, **changes}))
    return [(one.consent_id, one.state) for one in found]


async def test_a_holder_sees_each_consent_with_its_state_and_nobody_elses(mesh: Mesh) -> None:
    ended = await given(mesh, until=mesh.clock() + timedelta(minutes=1))
    mesh.clock.move(minutes=2)
    revoked = await given(mesh)
    mesh.clock.move(minutes=2)
    held = await given(mesh)
    mesh.clock.move(minutes=2)
    coming = await given(mesh, since=mesh.clock() + timedelta(days=1))
    await taken_back(mesh, revoked)
    other = replace(PERSON, code=DELEGATE.code)

    assert await shown(mesh, SHANGHAI, HOME_APP) == [
        (coming.consent_id, "NOT_YET"),
        (held.consent_id, "IN_FORCE"),
        (revoked.consent_id, "REVOKED"),
        (ended.consent_id, "ENDED"),
    ]
    assert await shown(mesh, SHANGHAI, HOME_APP, consent_id=held.consent_id) == [(held.consent_id, "IN_FORCE")]
    assert await shown(mesh, SHANGHAI, HOME_APP, holder=other) == []


async def test_a_counter_sees_and_takes_back_only_what_it_took_itself(mesh: Mesh) -> None:
    taken = await given_at_counter(mesh)
    neighbour = replace(COUNTER_APP, app_id="another-hall")
    with pytest.raises(RefusedError) as caught:
        await office(mesh.jiangsu).revoke(neighbour, ConsentInquiry(holder=PERSON, consent_id=taken.consent_id))
    with pytest.raises(RefusedError) as none:
        await shown(mesh, JIANGSU, CALLER)

    assert caught.value.refusal.reason is Reason.NO_RECORD
    assert none.value.refusal.reason is SCOPE
    assert await shown(mesh, JIANGSU, neighbour) == []
    assert await shown(mesh, JIANGSU, COUNTER_APP) == [(taken.consent_id, "IN_FORCE")]
    assert await shown(mesh, JIANGSU, HOME_APP) == [(taken.consent_id, "IN_FORCE")]


@pytest.mark.parametrize(
    ("holder", "consent_id"),
    [
        pytest.param(PERSON, "C-9", id="one that there is not"),
        pytest.param(replace(PERSON, code=DELEGATE.code), "", id="another holder's"),
    ],
)
async def test_what_is_not_the_holders_cannot_be_taken_back(mesh: Mesh, holder: Any, consent_id: str) -> None:
    taken = await given(mesh)
    inquiry = ConsentInquiry(holder=holder, consent_id=consent_id or taken.consent_id)
    with pytest.raises(RefusedError) as caught:
        await office(mesh.shanghai).revoke(HOME_APP, inquiry)

    assert caught.value.refusal.reason is Reason.NO_RECORD
    assert await shown(mesh, SHANGHAI, HOME_APP) == [(taken.consent_id, "IN_FORCE")]


async def test_taking_back_is_final_and_repeating_it_changes_nothing(mesh: Mesh) -> None:
    taken = await given(mesh)
    await taken_back(mesh, taken)
    await taken_back(mesh, taken)
    with pytest.raises(RefusedError) as caught:
        await mesh.shanghai.orders.give(Kind.CONSENT, taken.consent_id, Action.LIFT, "r")

    assert "FINAL" in caught.value.refusal.detail
    assert len(mesh.shanghai.entries(type="ORDER", step="ordered")) == 1
    assert len(mesh.shanghai.entries(type="CONSENT", step="revoked")) == 1


async def test_a_province_takes_back_none_that_another_took(mesh: Mesh) -> None:
    """Zhejiang orders it, in its own name: nothing happens to Shanghai's."""
    taken = await given(mesh)
    signed = await mesh.zhejiang.orders.give(Kind.CONSENT, taken.consent_id, Action.STOP, "r")
    await mesh.jiangsu.orders.take(signed.to_json(), ZHEJIANG)

    assert (await mesh.jiangsu.submit(**applying(taken.document))).verdicts[0].outcome == "OK"


async def test_a_verdict_dies_with_its_consent_in_search_retrieval_and_repetition(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    taken = await given(mesh)
    submitted = await mesh.jiangsu.submit(**applying(taken.document))
    apply_id = submitted.application.apply_id
    search = SearchForm(apply_id=apply_id, holder=PERSON)
    found = await mesh.jiangsu.search.fused(CALLER, search)
    assert [one.item.identifier for one in found.items] == [CERTIFICATE.identifier]

    await taken_back(mesh, taken)
    wish = RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier, original=True)
    refused = []
    for call in (mesh.jiangsu.search.fused(CALLER, search), mesh.jiangsu.retrieval.file(CALLER, wish)):
        with pytest.raises(RefusedError) as caught:
            await call
        refused.append(caught.value.refusal.reason)
    mesh.jiangsu.stops.replace({})  # only the others know of it
    later = await mesh.jiangsu.search.fused(CALLER, search)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, wish)
    verdict = await mesh.zhejiang.store.transact(
        lambda nouns: mesh.zhejiang.verifier.decide(nouns, JIANGSU, submitted.application)
    )

    assert refused == [Reason.CONSENT_ENDED] * 2
    denied = outcome(later, ZHEJIANG).refusal
    assert denied is not None
    assert denied.reason is Reason.CONSENT_ENDED
    assert caught.value.refusal.reason is Reason.CONSENT_ENDED
    assert (verdict.result, verdict.reasons[0].reason) == (Result.REJECT, Reason.CONSENT_ENDED)


@pytest.mark.parametrize("known_to", [ZHEJIANG, JIANGSU])
async def test_a_running_stream_ends_when_its_consent_is_taken_back(mesh: Mesh, known_to: str) -> None:
    """Whether it is the provider that hears of it first or the consumer."""
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    taken = await given(mesh)
    submitted = await mesh.jiangsu.submit(**applying(taken.document))
    apply_id = submitted.application.apply_id
    await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=PERSON))

    async def take_back() -> None:
        signed = await mesh.shanghai.orders.give(Kind.CONSENT, taken.consent_id, Action.STOP, "r")
        await mesh[known_to].orders.take(signed.to_json(), SHANGHAI)

    tapped = tap(mesh, take_back)
    wish = RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier, original=True)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, wish)

    assert caught.value.refusal.reason is Reason.CONSENT_ENDED
    assert tapped.batches <= 2
    assert [one for one in mesh.jiangsu.spool._root.rglob("*") if one.is_file()] == []


async def test_a_stop_of_the_key_that_signed_a_consent_ends_what_rests_on_it(mesh: Mesh) -> None:
    """Whoever stole the key may have made the consent: verdicts given before do not outlive the stop."""
    await mesh.zhejiang.keep(CERTIFICATE)
    taken = await given(mesh)
    apply_id = (await mesh.jiangsu.submit(**applying(taken.document))).application.apply_id
    await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=PERSON))
    key = mesh.shanghai.identity.signing_certificate.fingerprint
    signed = await mesh.shanghai.orders.give(Kind.KEY, key, Action.STOP, "r")
    assert await mesh.zhejiang.orders.take(signed.to_json(), SHANGHAI) == ""
    provider = await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=PERSON))
    with pytest.raises(RefusedError) as there:
        await mesh.jiangsu.retrieval.data(CALLER, RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier))
    assert await mesh.jiangsu.orders.take(signed.to_json(), SHANGHAI) == ""
    with pytest.raises(RefusedError) as here:
        await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=PERSON))

    refusal = outcome(provider, ZHEJIANG).refusal
    assert refusal is not None
    assert refusal.reason is there.value.refusal.reason is here.value.refusal.reason is Reason.KEY_STOPPED


async def test_a_verdict_that_rests_on_a_consent_ends_with_the_key_that_the_membership_ends_as_compromised(
    mesh: Mesh,
) -> None:
    await mesh.zhejiang.keep(CERTIFICATE)
    taken = await given(mesh)
    apply_id = (await mesh.jiangsu.submit(**applying(taken.document))).application.apply_id
    await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=PERSON))
    ended(mesh.zhejiang, mesh.shanghai.identity.signing_certificate.fingerprint)
    provider = await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=PERSON))
    with pytest.raises(RefusedError) as there:
        await mesh.jiangsu.retrieval.data(CALLER, RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier))

    refusal = outcome(provider, ZHEJIANG).refusal
    assert refusal is not None
    assert refusal.reason is there.value.refusal.reason is Reason.KEY_STOPPED


def ended(province: Province, key_id: str) -> None:
    """The next membership, in which this key is in other hands."""
    end = (province.clock() - timedelta(days=1)).isoformat()
    members = []
    for member in province.membership.members:
        keys = [replace(key, until=end, reason="compromised") if key.key_id == key_id else key for key in member.keys]
        members.append(replace(member, keys=tuple(keys)))
    province.membership = replace(province.membership, members=tuple(members))
    province.orders.refresh()


async def test_a_consent_taken_at_another_province_s_counter_is_taken_back_at_home_and_counts_nowhere(
    mesh: Mesh,
) -> None:
    await mesh.zhejiang.keep(CERTIFICATE)
    taken = await given_at_counter(mesh)
    apply_id = (await mesh.jiangsu.submit(**applying(taken.document))).application.apply_id
    await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=PERSON))
    await taken_back(mesh, taken)
    await taken_back(mesh, taken)  # which changes nothing
    with pytest.raises(RefusedError) as running:
        await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=PERSON))
    with pytest.raises(RefusedError) as anew:
        await mesh.jiangsu.submit(**applying(taken.document))
    verdict = mesh.zhejiang.store.read.applications.given(JIANGSU, apply_id)
    assert verdict is not None
    (state,) = [state for one, state in await shown(mesh, JIANGSU, COUNTER_APP) if one == taken.consent_id]

    assert [one.value.refusal.reason for one in (running, anew)] == [Reason.CONSENT_ENDED] * 2
    assert mesh.zhejiang.stops.verdict(verdict) is not None
    assert state == "REVOKED"
    assert [one["step"] for one in mesh.shanghai.entries(type="CONSENT")] == ["ordered"]


async def test_no_province_but_the_holder_s_own_takes_back_what_another_one_took(mesh: Mesh) -> None:
    taken = await given_at_counter(mesh)
    signed = await mesh.anhui.orders.give(Kind.CONSENT, taken.consent_id, Action.STOP, "r")
    for one in (mesh.jiangsu, mesh.zhejiang):
        assert await one.orders.take(signed.to_json(), ANHUI) == ""
    verdicts = (await mesh.jiangsu.submit(**applying(taken.document))).verdicts

    assert "OK" in {one.outcome for one in verdicts}


@pytest.mark.parametrize(
    "consent_id", ["310101199003077715", "f" * 31, "F" * 32], ids=["a number", "short", "capitals"]
)
async def test_what_cannot_be_the_id_of_a_consent_is_taken_back_by_nobody(mesh: Mesh, consent_id: str) -> None:
    with pytest.raises(RefusedError) as caught:
        await office(mesh.shanghai).revoke(HOME_APP, ConsentInquiry(holder=PERSON, consent_id=consent_id))

    assert caught.value.refusal.reason is Reason.NO_RECORD
    assert not list(mesh.shanghai.orders.book)


async def test_a_consent_at_a_counter_holds_for_a_day_where_nothing_else_is_said(mesh: Mesh) -> None:
    taken = await given_at_counter(mesh)

    assert consents.read(taken.document).consent.ends == mesh.clock() + timedelta(days=1)
