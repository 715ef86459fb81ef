"""trust.consent: the form of a consent, whose signature counts, and that no byte of it can be changed."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.sample_identities import make_identities, make_membership
from tests.trust.membership.chain import fresh
from tests.trust.orders.makers import ALICE, BOB, NOW, PROVINCES
from trust import canonical, consent
from trust.consent import Channel, Consent, Mode, SignedConsent
from trust.errors import ConsentError
from trust.local import LocalIdentity
from trust.membership import Closed, Key, KeyUsage, Membership

MEMBERSHIP = make_membership(make_identities(PROVINCES))


def given_consent(**changed: Any) -> Consent:
    """A consent given in Alice's app to a unit of Bob's."""
    one = Consent(
        id="C-1",
        province=ALICE,
        channel=Channel.HOME,
        mode=Mode.HOLDER,
        grantor="ab" * 32,
        delegate="",
        grantee_province=BOB,
        grantee_unit="11320000DEMA00216X",
        item="ITEM-1",
        types=("T1", "T2"),
        outputs=("FILE",),
        fields=(),
        since=NOW.isoformat(),
        until=(NOW + timedelta(days=30)).isoformat(),
        taken=NOW.isoformat(),
        expression="",
        operator="",
    )
    return replace(one, **changed)


def signed(one: Consent, identity: LocalIdentity | None = None) -> SignedConsent:
    key = identity or make_identities(PROVINCES)[one.province]
    return consent.sign(one, certificate=key.signing_certificate, signer=key.signing_key.sign)


AT_COUNTER = {"channel": Channel.COUNTER, "expression": "cd" * 32, "operator": "ef" * 32}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="given in the home province's app"),
        pytest.param(AT_COUNTER, id="given at a counter"),
        pytest.param({"mode": Mode.ENTRUST, "delegate": "cd" * 32}, id="to a delegate"),
        pytest.param({"fields": ("姓名", "地址")}, id="to some fields"),
        pytest.param({"until": (NOW + timedelta(days=366)).isoformat()}, id="for as long as may be"),
    ],
)
def test_a_consent_reads_back_as_it_was_signed_and_is_believed(changed: dict[str, Any]) -> None:
    made = signed(given_consent(**changed))
    read = consent.read(made.to_json())

    assert read == made
    assert made.to_json().isascii()
    consent.verify(read, MEMBERSHIP)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        pytest.param({"id": "two words"}, "id", id="an id of two words"),
        pytest.param({"grantor": "张三"}, "grantor", id="a name in place of a handle"),
        pytest.param({"grantor": "11010519491231002X"}, "grantor", id="a number in place of a handle"),
        pytest.param({"grantee_unit": "somebody"}, "grantee_unit", id="a unit without a credit code"),
        pytest.param({"item": ""}, "item", id="no item"),
        pytest.param({"types": ()}, "types", id="no type"),
        pytest.param({"outputs": ()}, "types and outputs", id="no output"),
        pytest.param({"types": ("T1", "T1")}, "types", id="a type twice"),
        pytest.param({"types": tuple(map(str, range(65)))}, "types", id="65 types"),
        pytest.param({"fields": ("x" * 65,)}, "fields", id="a field of 65 characters"),
        pytest.param({"mode": Mode.ENTRUST}, "delegate", id="a delegation to nobody"),
        pytest.param({"delegate": "cd" * 32}, "delegate", id="a delegate without a delegation"),
        pytest.param({"channel": Channel.COUNTER}, "expression", id="a counter without the holder's expression"),
        pytest.param({**AT_COUNTER, "operator": ""}, "operator", id="a counter without an operator"),
        pytest.param({"operator": "clerk-7"}, "operator", id="an account in place of a digest"),
        pytest.param({"since": "2026-01-01T00:00:00"}, "since", id="a time without an offset"),
        pytest.param({"until": NOW.isoformat()}, "until", id="an end that is the beginning"),
        pytest.param({"until": (NOW + timedelta(days=367)).isoformat()}, "until", id="longer than a year and a day"),
        pytest.param({"since": (NOW - timedelta(hours=1)).isoformat()}, "since", id="from before it was taken"),
    ],
)
def test_a_consent_that_breaks_a_rule_is_neither_signed_nor_read(changed: dict[str, Any], named: str) -> None:
    broken = given_consent(**changed)
    with pytest.raises(ConsentError, match=f"MALFORMED: {named}"):
        signed(broken)

    document = replace(signed(given_consent()), consent=broken, payload=broken.payload()).to_json()
    with pytest.raises(ConsentError, match="MALFORMED"):
        consent.read(document)


def edited(change: Callable[[dict[str, Any]], None]) -> bytes:
    """A document whose outer form was changed."""
    outer = json.loads(signed(given_consent()).to_json())
    change(outer)
    return json.dumps(outer).encode()


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[" * 20_000, id="20,000 brackets"),
        pytest.param(b" " * 16_385, id="16 KiB and a byte"),
        pytest.param(edited(lambda outer: outer.update(payloadType="text/plain")), id="another type"),
        pytest.param(edited(lambda outer: outer.update(signatures=[])), id="no signature"),
        pytest.param(edited(lambda outer: outer["signatures"].append(outer["signatures"][0])), id="two signatures"),
        pytest.param(edited(lambda outer: outer["signatures"][0].update(cert="QUJD")), id="no certificate"),
        pytest.param(edited(lambda outer: outer["signatures"][0].update(keyid="ab")), id="the id of another key"),
        pytest.param(edited(lambda outer: outer.update(payload="e30=")), id="an empty payload"),
    ],
)
def test_what_is_no_consent_is_refused_with_a_word(document: bytes) -> None:
    with pytest.raises(ConsentError) as error:
        consent.read(document)

    assert error.value.reason in {"MALFORMED", "TOO_LARGE"}


def test_a_member_that_no_consent_has_is_refused_so_that_nothing_signed_goes_unread() -> None:
    payload = canonical.dumps({**json.loads(given_consent().payload()), "more": "1"})
    document = edited(lambda outer: outer.update(payload=base64.b64encode(payload).decode()))

    with pytest.raises(ConsentError, match="other members"):
        consent.read(document)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_byte_of_a_consent_can_be_changed(data: st.DataObject) -> None:
    document = bytearray(signed(given_consent()).to_json())
    place = data.draw(st.integers(0, len(document) - 1))
    document[place] ^= data.draw(st.integers(1, 255))
    try:
        read = consent.read(bytes(document))
        consent.verify(read, MEMBERSHIP)
    except ConsentError:
        return
    assert read.payload == given_consent().payload()  # such as a bit of base64 that stands for nothing


def refused(made: SignedConsent, membership: Membership) -> str:
    try:
        consent.verify(made, membership)
    except ConsentError as error:
        return error.reason
    return ""


def test_a_consent_signed_by_another_province_is_not_believed() -> None:
    assert refused(signed(given_consent(), make_identities(PROVINCES)[BOB]), MEMBERSHIP) == "KEY_UNKNOWN"


def test_a_consent_of_a_province_that_is_no_member_is_not_believed() -> None:
    outsider = fresh("350000")

    assert refused(signed(given_consent(province="350000"), outsider), MEMBERSHIP) == "NOT_A_MEMBER"


def test_a_signature_over_something_else_is_not_believed() -> None:
    made = replace(signed(given_consent()), signature=signed(given_consent(id="C-2")).signature)

    assert refused(made, MEMBERSHIP) == "SIGNATURE_INVALID"


def rotated(reason: Closed, *, until: timedelta, usage: KeyUsage = KeyUsage.SIGNING) -> Membership:
    """A later version, in which Alice signs with another key; the old one was given up for this reason, so long after NOW."""
    old, new = MEMBERSHIP.member(ALICE), fresh(ALICE).signing_certificate
    past = Key(
        key_id=old.signing_certificate.fingerprint,
        usage=usage.value,
        since=(NOW - timedelta(days=9)).isoformat(),
        until=(NOW + until).isoformat(),
        reason=reason.value,
    )
    later = replace(old, signing=new.pem, keys=(past,))
    return replace(MEMBERSHIP, members=tuple(later if one.province == ALICE else one for one in MEMBERSHIP.members))


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        pytest.param(rotated(Closed.ROTATED, until=DAY), "", id="rotated after the consent was taken"),
        pytest.param(rotated(Closed.ROTATED, until=-DAY), "KEY_UNKNOWN", id="rotated before it was taken"),
        pytest.param(rotated(Closed.COMPROMISED, until=DAY), "KEY_UNKNOWN", id="in other hands since"),
        pytest.param(rotated(Closed.LOST, until=DAY), "KEY_UNKNOWN", id="lost since"),
        pytest.param(
            rotated(Closed.ROTATED, until=DAY, usage=KeyUsage.TLS), "KEY_UNKNOWN", id="a key that was for channels"
        ),
    ],
)
def test_a_consent_outlives_an_ordinary_rotation_and_no_other_end_of_its_key(later: Membership, reason: str) -> None:
    assert refused(signed(given_consent()), later) == reason
