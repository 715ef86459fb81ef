"""Check 6: each way in which a consent does not fit, refused by the consumer before anybody is asked, and by the provider on its own."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from federation.model.application import Application, AuthMode, Output, Result
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.usecases.consent.checking import Authority
from tests.node.usecases.consent.offices import (
    DELEGATE,
    ENTRUST_LINE,
    HOLDER_LINE,
    PERSON,
    applying,
    given,
    given_at_counter,
    taken_back,
)
from tests.node.usecases.mesh import CALLER, HOLDER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, record
from tests.node.usecases.mesh import form as standard
from trust import consent as consents
from trust.consent import Channel, Mode
from trust.local import LocalIdentity
from trust.orders import Action, Kind

Document = Callable[[Mesh], Awaitable[bytes]]


def taken(*, counter: bool = False, **changes: Any) -> Document:
    async def take(mesh: Mesh) -> bytes:
        return (await (given_at_counter if counter else given)(mesh, **changes)).document

    return take


async def none(_: Mesh) -> bytes:
    return b""


async def damaged(mesh: Mesh) -> bytes:
    return (await given(mesh)).document.replace(b'"payload":"', b'"payload":"A', 1)


def resigned(signer: Callable[[Mesh], LocalIdentity], **changes: Any) -> Document:
    """The consent with members changed, signed again by somebody."""

    async def sign(mesh: Mesh) -> bytes:
        made = replace((await given(mesh)).consent, **changes)
        key = signer(mesh)
        return consents.sign(made, certificate=key.signing_certificate, signer=key.signing_key.sign).to_json()

    return sign


async def forged(mesh: Mesh) -> bytes:
    """The signature of one consent under another."""
    first, second = (await given(mesh)).document, (await given(mesh)).document
    one = consents.read(first)
    return replace(one, signature=consents.read(second).signature).to_json()


MISSING, MISMATCH, ENDED = Reason.CONSENT_MISSING, Reason.CONSENT_MISMATCH, Reason.CONSENT_ENDED
Case = tuple[Document, dict[str, Any], Reason | None, str]
CASES: dict[str, Case] = {
    "given at home": (taken(), {}, None, ""),
    "given at the counter": (taken(counter=True), {}, None, ""),
    "to more than is asked for": (taken(), {"type_codes": (MINING_TYPE,), "outputs": (Output.FILE,)}, None, ""),
    "to fields that are asked for": (taken(fields=("KZ_NAME",)), {"fields": ("KZ_NAME",)}, None, ""),
    "to some fields, where only files are asked for": (
        taken(fields=("KZ_NAME",)),
        {"outputs": (Output.FILE,)},
        None,
        "",
    ),
    "to a delegate, who is there": (
        taken(mode=Mode.ENTRUST, delegate=DELEGATE),
        {"use_list_id": ENTRUST_LINE, "auth_mode": AuthMode.ENTRUST, "delegate": DELEGATE},
        None,
        "",
    ),
    "none": (none, {}, MISSING, ""),
    "one whose bytes were changed": (damaged, {}, MISMATCH, "consent: MALFORMED"),
    "of another holder": (taken(), {"holder": replace(HOLDER, name="")}, MISMATCH, "grantor"),
    "of the holder, for a delegation": (
        taken(),
        {"use_list_id": ENTRUST_LINE, "auth_mode": AuthMode.ENTRUST, "delegate": DELEGATE},
        MISMATCH,
        "authMode",
    ),
    "to a delegate, for another": (
        taken(mode=Mode.ENTRUST, delegate=DELEGATE),
        {"use_list_id": ENTRUST_LINE, "auth_mode": AuthMode.ENTRUST, "delegate": PERSON},
        MISMATCH,
        "delegate",
    ),
    "to a delegate, and nobody is there": (
        taken(mode=Mode.ENTRUST, delegate=DELEGATE),
        {"use_list_id": ENTRUST_LINE, "auth_mode": AuthMode.ENTRUST},
        MISMATCH,
        "delegate",
    ),
    "to a unit of another province": (taken(grantee_province=ZHEJIANG), {}, MISMATCH, "grantee"),
    "to another unit": (taken(grantee_unit="11320000DEMA00219Q"), {}, MISMATCH, "grantee"),
    "for another item": (taken(item_code="ITEM-2"), {}, MISMATCH, "itemCode"),
    "to fewer types": (taken(type_codes=(LAND_TYPE,)), {}, MISMATCH, "certificateTypeCodes"),
    "to fewer outputs": (taken(outputs=(Output.FILE,)), {}, MISMATCH, "wantedOutputs"),
    "to some fields, where all are asked for": (taken(fields=("KZ_NAME",)), {}, MISMATCH, "wantedFields"),
    "to other fields": (taken(fields=("KZ_NAME",)), {"fields": ("KZ_KIND",)}, MISMATCH, "wantedFields"),
    "signed by a province that is not the holder's": (
        resigned(lambda mesh: mesh.zhejiang.identity, province=ZHEJIANG),
        {},
        MISMATCH,
        "signer: not the home province",
    ),
    "taken at a counter of another province": (
        resigned(
            lambda mesh: mesh.zhejiang.identity,
            province=ZHEJIANG,
            channel=Channel.COUNTER,
            expression="5c" * 32,
            operator="5d" * 32,
        ),
        {},
        MISMATCH,
        "signer: not the using province",
    ),
    "signed with the key of another province": (
        resigned(lambda mesh: mesh.zhejiang.identity),
        {},
        MISMATCH,
        "signature: KEY_UNKNOWN",
    ),
    "with the signature of another consent": (forged, {}, MISMATCH, "signature: SIGNATURE_INVALID"),
}


async def at_provider(mesh: Mesh, application: Application) -> tuple[Result, Reason | None, str]:
    """What Zhejiang says to an application as Jiangsu might send it, whatever Jiangsu's own checks say."""
    verdict = await mesh.zhejiang.store.transact(
        lambda nouns: mesh.zhejiang.verifier.decide(nouns, JIANGSU, application)
    )
    refusal = verdict.reasons[0] if verdict.reasons else None
    return verdict.result, refusal.reason if refusal else None, refusal.detail if refusal else ""


@pytest.mark.parametrize("what", CASES)
async def test_consumer_and_provider_judge_a_consent_alike(mesh: Mesh, what: str) -> None:
    document, changes, reason, detail = CASES[what]
    consent = await document(mesh)
    form = applying(consent, **changes)
    applied = mesh.jiangsu.applications._application(
        CALLER, standard(**form), mesh.jiangsu.asking.version(form["use_list_id"])
    )
    result, told, words = await at_provider(mesh, applied)
    assert (result is Result.PASS, told) == (reason is None, reason)
    assert words.startswith(detail)
    assert PERSON.code not in words

    if reason is None:
        submitted = await mesh.jiangsu.submit(**form)
        assert any(one.outcome == "OK" for one in submitted.verdicts)
        return
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.submit(**form)
    assert (caught.value.refusal.reason, caught.value.refusal.detail) == (reason, words)
    assert mesh.jiangsu.entries(type="APPLY", step="refused")[-1]["refusal"]["reason"] == reason.value
    assert not mesh.jiangsu.entries(type="APPLY", step="asked")


@pytest.mark.parametrize(
    ("moved", "reason"),
    [
        pytest.param(timedelta(days=1, seconds=-1), None, id="a second before it ends"),
        pytest.param(timedelta(days=1, seconds=1), ENDED, id="a second after it has ended"),
    ],
)
async def test_a_consent_ends_by_the_clock(mesh: Mesh, moved: timedelta, reason: Reason | None) -> None:
    taken = await given(mesh, until=mesh.clock() + timedelta(days=1))
    mesh.clock.now += moved
    if reason is None:
        submitted = await mesh.jiangsu.submit(**applying(taken.document))
        ends = {one.verdict.expires_at for one in submitted.verdicts if one.verdict and one.verdict.use_code}
        assert ends == {taken.consent.ends}
        return
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.submit(**applying(taken.document))

    assert caught.value.refusal.reason is reason


async def test_a_consent_from_tomorrow_on_does_not_count_today(mesh: Mesh) -> None:
    taken = await given(mesh, since=mesh.clock() + timedelta(days=1))
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.submit(**applying(taken.document))
    mesh.clock.move(days=1)

    assert caught.value.refusal.reason is ENDED
    assert (await mesh.jiangsu.submit(**applying(taken.document))).verdicts


async def test_a_consent_with_a_line_of_duty_is_neither_needed_nor_sent(mesh: Mesh) -> None:
    taken = await given(mesh)
    submitted = await mesh.jiangsu.submit(holder=PERSON, consent=taken.document)

    assert submitted.application.consent == b""


async def test_a_provider_that_believes_no_counters_refuses_what_was_given_there(mesh: Mesh) -> None:
    provider = mesh.zhejiang
    strict = Authority(
        vault=provider.vault,
        stops=provider.stops,
        membership=lambda: provider.membership,
        accept=frozenset({Channel.HOME}),
    )
    verifier = replace(provider.verifier, authority=strict)
    for taken, expected in ((await given(mesh), None), (await given_at_counter(mesh), MISMATCH)):
        application = (await mesh.jiangsu.submit(**applying(taken.document))).application
        again = replace(application, apply_id=f"another-{application.apply_id}")
        verdict = await provider.store.transact(partial(verifier.decide, consumer=JIANGSU, application=again))
        assert (verdict.reasons[0].reason if verdict.reasons else None) is expected


async def test_a_consent_signed_with_a_key_that_is_stopped_counts_no_more(mesh: Mesh) -> None:
    taken = await given(mesh)
    key = mesh.shanghai.identity.signing_certificate.fingerprint
    signed = await mesh.shanghai.orders.give(Kind.KEY, key, Action.STOP, "r")
    await mesh.jiangsu.orders.take(signed.to_json(), SHANGHAI)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.submit(**applying(taken.document))

    assert caught.value.refusal.reason is Reason.KEY_STOPPED


async def test_a_consent_kept_here_is_named_by_its_id(mesh: Mesh) -> None:
    taken = await given_at_counter(mesh)
    submitted = await mesh.jiangsu.submit(**applying(b"", consent_id=taken.consent_id))

    assert submitted.application.consent == taken.document


async def test_both_ends_put_the_consents_digest_on_record_and_nothing_of_a_person(mesh: Mesh) -> None:
    certificate = record(ZHEJIANG, holders=(PERSON,))
    await mesh.zhejiang.keep(certificate)
    taken = await given(mesh)
    await mesh.jiangsu.submit(**applying(taken.document))
    digest = consents.read(taken.document).digest

    assert mesh.jiangsu.entries(type="APPLY", step="asked")[0]["consent"] == digest
    assert mesh.zhejiang.entries(type="VERIFY")[0]["consent"] == digest
    every = repr([one.entries() for one in mesh.all.values()])
    assert PERSON.code not in every
    assert PERSON.name not in every
    assert taken.consent.grantor not in every


async def test_a_consent_taken_back_is_refused_before_anybody_is_asked(mesh: Mesh) -> None:
    taken = await given(mesh)
    await taken_back(mesh, taken)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.submit(**applying(taken.document))

    assert caught.value.refusal.reason is ENDED
    assert HOLDER_LINE in repr(mesh.jiangsu.entries(type="APPLY", step="refused"))
