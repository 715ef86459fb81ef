"""trust.membership: founding, signing and believing the first document of a mesh of four."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.sample_identities import make_identities, make_membership, new_identity
from tests.federation.samples import PROVINCES, stranger
from trust import canonical, gm
from trust.envelope import pae
from trust.errors import MembershipError
from trust.identity import Usage, issue, issue_ca
from trust.local import LocalIdentity
from trust.membership import (
    MAX_DOCUMENT_BYTES,
    PAYLOAD_TYPE,
    Flaw,
    Key,
    Member,
    Membership,
    MemberStatus,
    SignedMembership,
    add_signature,
    check,
    expired,
    joined,
    parse,
    signed_from_json,
    signers,
    verify_anchor,
)
from trust.tls import tls_pin


@pytest.fixture(scope="module")
def identities() -> Mapping[str, LocalIdentity]:
    return make_identities(PROVINCES)


@pytest.fixture(scope="module")
def membership(identities: Mapping[str, LocalIdentity]) -> Membership:
    return make_membership(identities)


def sign(signed: SignedMembership, identity: LocalIdentity) -> SignedMembership:
    fingerprint = identity.signing_certificate.fingerprint
    return add_signature(signed, key_id=fingerprint, signer=identity.signing_key.sign)


def signed_by(payload: bytes, *identities: LocalIdentity) -> SignedMembership:
    signed = SignedMembership(payload=payload, signatures={})
    for identity in identities:
        signed = sign(signed, identity)
    return signed


def test_a_document_signed_by_all_four_is_believed(
    identities: Mapping[str, LocalIdentity], membership: Membership
) -> None:
    signed = signed_by(membership.payload(), *identities.values())

    assert verify_anchor(signed_from_json(signed.to_json())) == membership
    assert signers(signed, membership) == PROVINCES


def test_signing_does_not_change_the_fingerprint(
    identities: Mapping[str, LocalIdentity], membership: Membership
) -> None:
    unsigned = SignedMembership(payload=membership.payload(), signatures={})

    assert sign(unsigned, identities["310000"]).fingerprint == unsigned.fingerprint


def test_signing_again_replaces_the_signature(identities: Mapping[str, LocalIdentity], membership: Membership) -> None:
    signed = signed_by(membership.payload(), identities["310000"], identities["310000"])

    assert len(signed.signatures) == 1
    assert signers(signed, membership) == ("310000",)


def test_a_missing_signature_is_named(identities: Mapping[str, LocalIdentity], membership: Membership) -> None:
    signed = signed_by(membership.payload(), identities["310000"], identities["330000"])

    with pytest.raises(MembershipError, match="not signed by 320000, 340000"):
        verify_anchor(signed)


def test_a_foreign_signature_counts_for_nothing(
    identities: Mapping[str, LocalIdentity], membership: Membership
) -> None:
    signed = signed_by(membership.payload(), stranger("310000"), *(identities[one] for one in PROVINCES[1:]))

    assert signers(signed, membership) == PROVINCES[1:]
    with pytest.raises(MembershipError, match="not signed by 310000"):
        verify_anchor(signed)


def test_a_signature_in_the_name_of_another_counts_for_nothing(
    identities: Mapping[str, LocalIdentity], membership: Membership
) -> None:
    signed = signed_by(membership.payload(), *identities.values())
    ours, theirs = (identities[one].signing_certificate.fingerprint for one in PROVINCES[:2])
    swapped = replace(signed, signatures={**signed.signatures, ours: signed.signatures[theirs]})

    assert signers(swapped, membership) == PROVINCES[1:]


def test_a_changed_payload_is_signed_by_nobody(identities: Mapping[str, LocalIdentity], membership: Membership) -> None:
    signed = signed_by(membership.payload(), *identities.values())
    moved = replace(membership.members[0], endpoints=("192.0.2.1:7443",))
    changed = replace(membership, members=(moved, *membership.members[1:]))

    with pytest.raises(MembershipError, match="not signed by 310000, 320000, 330000, 340000"):
        verify_anchor(replace(signed, payload=changed.payload()))


def test_a_document_without_a_witness_quorum_keeps_its_bytes(membership: Membership) -> None:
    with_one = replace(membership, witness_quorum=2)

    assert b"witness_quorum" not in membership.payload()
    assert parse(membership.payload()).witness_quorum == 0
    assert parse(with_one.payload()) == with_one


def test_a_document_is_valid_until_it_expires(membership: Membership) -> None:
    end = datetime.fromisoformat(membership.expires)

    assert not expired(membership, end)
    assert expired(membership, end + timedelta(seconds=1))


def test_a_later_version_is_an_anchor_only_by_the_fingerprint_that_was_compared(
    identities: Mapping[str, LocalIdentity], membership: Membership
) -> None:
    later = replace(membership, version=7, previous="ab" * 32, threshold=3)
    signed = signed_by(later.payload(), *(identities[one] for one in PROVINCES[:3]))

    assert verify_anchor(signed, fingerprint=signed.fingerprint) == later
    for fingerprint in (None, "cd" * 32):
        with pytest.raises(MembershipError, match="fingerprint") as caught:
            verify_anchor(signed, fingerprint=fingerprint)
        assert caught.value.reason == Flaw.UNTRUSTED


def test_a_fingerprint_does_not_make_up_for_signatures(
    identities: Mapping[str, LocalIdentity], membership: Membership
) -> None:
    later = replace(membership, version=7, previous="ab" * 32, threshold=3)
    signed = signed_by(later.payload(), *(identities[one] for one in PROVINCES[:2]))

    with pytest.raises(MembershipError, match="signed by 2 of the 3") as caught:
        verify_anchor(signed, fingerprint=signed.fingerprint)
    assert caught.value.reason == Flaw.UNDER_SIGNED


def _first(membership: Membership, **change: Any) -> Membership:
    return replace(membership, members=(replace(membership.members[0], **change), *membership.members[1:]))


def _relisted(membership: Membership, **change: Any) -> Membership:
    """The first member with other certificates, which its history names as it should."""
    member = replace(membership.members[0], **change)
    keys = tuple(Key(key_id=name, usage=usage, since=membership.issued) for name, usage in member.listed_ids())
    return _first(membership, **change, keys=keys)


def _line(membership: Membership, **change: Any) -> Membership:
    """The first line of the first member's history, changed."""
    first, *others = membership.members[0].keys
    return _first(membership, keys=(replace(first, **change), *others))


def _removed(membership: Membership) -> Membership:
    member = membership.members[0]
    keys = tuple(replace(key, until=membership.issued, reason="removed") for key in member.keys)
    return _first(membership, status=MemberStatus.REMOVED, keys=keys)


BROKEN: list[Any] = [
    pytest.param(lambda m: replace(m, members=()), "between 1 and 64", id="nobody"),
    pytest.param(lambda m: replace(m, members=(*m.members, m.members[0])), "each province once", id="a province twice"),
    pytest.param(
        lambda m: replace(m, members=(*m.members, replace(m.members[0], status=MemberStatus.REMOVED))),
        "each province once",
        id="a province as a member and as a former member",
    ),
    pytest.param(lambda m: replace(m, threshold=0), "threshold", id="a threshold of none"),
    pytest.param(lambda m: replace(m, threshold=5), "threshold", id="a threshold above the members"),
    pytest.param(lambda m: replace(m, witness_quorum=4), "witness quorum", id="more witnesses than other members"),
    pytest.param(lambda m: replace(m, witness_quorum=-1), "witness quorum", id="a quorum below none"),
    pytest.param(lambda m: replace(_removed(m), threshold=4), "threshold", id="a threshold above the active members"),
    pytest.param(lambda m: replace(m, version=0), "count from 1", id="version 0"),
    pytest.param(lambda m: replace(m, expires=m.issued), "in this order", id="expiring when issued"),
    pytest.param(lambda m: replace(m, issued="2026-03-01T00:00:00"), "with an offset", id="a time without offset"),
    pytest.param(lambda m: replace(m, expires="9999-12-31T00:00:00Z"), "of this product", id="a time without end"),
    pytest.param(lambda m: replace(m, expires="soon"), "soon", id="a time that is none"),
    pytest.param(lambda m: replace(m, previous="00"), "has no previous", id="a first version with a previous one"),
    pytest.param(lambda m: replace(m, version=2), "names the SM3", id="a second version without a previous one"),
    pytest.param(
        lambda m: replace(m, version=2, previous="AB" * 32), "names the SM3", id="a previous version in capitals"
    ),
    pytest.param(lambda m: _line(m, since="2016-03-01T00:00:00Z"), "valid only from", id="listed before it was valid"),
    pytest.param(lambda m: _line(m, since=m.expires), "wrong id, usage, time", id="listed in future"),
    pytest.param(lambda m: _line(m, usage="ca"), "wrong id, usage, time", id="a line of another usage"),
    pytest.param(lambda m: _line(m, key_id="ab"), "wrong id, usage, time", id="a line without an id"),
    pytest.param(lambda m: _line(m, reason="lost"), "wrong id, usage, time", id="an open line with a reason"),
    pytest.param(lambda m: _line(m, until=m.issued), "wrong id, usage, time", id="a closed line without a reason"),
    pytest.param(
        lambda m: _line(m, until=m.issued, reason="tired"), "wrong id, usage, time", id="a reason that is none"
    ),
    pytest.param(
        lambda m: _line(m, until=m.expires, reason="lost"), "wrong id, usage, time", id="closed after the issue"
    ),
    pytest.param(
        lambda m: _line(m, until=m.issued, reason="lost"), "the open lines", id="listed, although its line is closed"
    ),
    pytest.param(lambda m: _line(m, usage="encryption"), "not in the key history", id="listed for another usage"),
    pytest.param(lambda m: _first(m, keys=m.members[0].keys[:2]), "not in the key history", id="no line for TLS"),
    pytest.param(
        lambda m: _first(m, keys=(*m.members[0].keys, replace(m.members[0].keys[0], key_id="ab" * 32))),
        "the open lines",
        id="an open line of a certificate that is not listed",
    ),
    pytest.param(
        lambda m: _first(m, keys=m.members[0].keys + m.members[1].keys[:1]), "one line in one", id="another's line"
    ),
    pytest.param(lambda m: _first(m, keys=m.members[0].keys * 2), "one line in one", id="a line twice"),
    pytest.param(lambda m: _first(m, province="31000"), "six digits", id="a code of five digits"),
    pytest.param(lambda m: _first(m, province="31000a"), "six digits", id="a code with a letter"),
    pytest.param(lambda m: _first(m, province="350000"), "of another province", id="a certificate of another province"),
    pytest.param(lambda m: _first(m, name="\x1b[2J"), "cannot be shown", id="a name that clears the screen"),
    pytest.param(lambda m: _first(m, endpoints=()), "no endpoint", id="no endpoint"),
    pytest.param(lambda m: _first(m, endpoints=("nowhere",)), "host:port", id="an endpoint without a port"),
    pytest.param(lambda m: _first(m, endpoints=("a b:1",)), "host:port", id="an endpoint with a space"),
    pytest.param(
        lambda m: _relisted(m, signing=m.members[0].encryption, encryption=m.members[0].signing),
        "for signing",
        id="keys mixed up",
    ),
    pytest.param(lambda m: _relisted(_no_other(m), signing=m.members[1].signing), "another CA", id="a stranger's CA"),
    pytest.param(
        lambda m: _relisted(m, signing=m.members[0].signing + stranger("310000").encryption_certificate.pem),
        "for signing",
        id="a second certificate of another usage",
    ),
    pytest.param(lambda m: _relisted(m, signing=m.members[0].signing * 2), "one line in one", id="a certificate twice"),
    pytest.param(lambda m: _first(m, signing=m.members[0].signing * 4), "one to three", id="four certificates"),
    pytest.param(lambda m: _first(m, signing=m.members[0].signing + "x"), "one to three", id="something behind"),
    pytest.param(lambda m: _first(m, ca=m.members[0].signing), "not a CA", id="a CA that is none"),
    pytest.param(lambda m: _first(m, signing=""), "one to three", id="no signing certificate"),
    pytest.param(lambda m: _first(m, encryption=""), "one to three", id="no encryption certificate"),
    pytest.param(lambda m: _first(m, tls=""), "one to three", id="no TLS certificate"),
    pytest.param(
        lambda m: _relisted(m, tls=stranger("310000").tls_certificate_pem.decode()),
        "do not match the pins",
        id="a TLS key that is not pinned",
    ),
    pytest.param(lambda m: _first(m, tls_pins=()), "do not match the pins", id="no pin"),
    pytest.param(
        lambda m: _first(m, tls_pins=(*m.members[0].tls_pins, "ab" * 32)), "do not match", id="a pin for nothing"
    ),
    pytest.param(
        lambda m: _first(m, tls_pins=m.members[0].tls_pins + m.members[1].tls_pins),
        "serves one member",
        id="a TLS key of another member",
    ),
]


def _no_other(membership: Membership) -> Membership:
    """The first member alone."""
    return replace(membership, members=membership.members[:1], threshold=1)


@pytest.mark.parametrize(("broken", "sentence"), BROKEN)
def test_a_document_that_does_not_fit_together(
    membership: Membership, broken: Callable[[Membership], Membership], sentence: str
) -> None:
    with pytest.raises(MembershipError, match=sentence) as caught:
        parse(broken(membership).payload())
    assert caught.value.reason == Flaw.UNFIT


def test_a_member_lists_up_to_three_certificates_with_a_pin_for_each(membership: Membership) -> None:
    others = [make_membership({"310000": new_identity("310000")}).members[0] for _ in range(2)]
    both = [membership.members[0], *others]
    more = _relisted(
        membership,
        signing=joined(*(one.signing for one in both)),
        encryption=joined(*(one.encryption for one in both)),
        tls=joined(*(one.tls for one in both)),
        tls_pins=tuple(one.tls_pins[0] for one in both),
    )
    member = parse(more.payload()).members[0]

    assert [one.pem for one in member.signing_certificates] == [one.signing for one in both]
    assert [one.pem for one in member.encryption_certificates] == [one.encryption for one in both]
    assert [one.decode() for one in member.tls_certificates] == [one.tls for one in both]
    assert member.signing_certificate == both[0].signing_certificate
    assert member.encryption_certificate == both[0].encryption_certificate


def test_only_the_key_in_use_has_a_voice(identities: Mapping[str, LocalIdentity], membership: Membership) -> None:
    fresh = new_identity("310000")
    pem = fresh.signing_certificate.pem
    announced = _relisted(membership, signing=joined(membership.members[0].signing, pem))
    promoted = _relisted(membership, signing=joined(pem, membership.members[0].signing))

    assert signers(signed_by(announced.payload(), fresh), announced) == ()
    assert signers(signed_by(announced.payload(), identities["310000"]), announced) == ("310000",)
    assert signers(signed_by(promoted.payload(), identities["310000"]), promoted) == ()
    assert signers(signed_by(promoted.payload(), fresh, identities["310000"]), promoted) == ("310000",)


def test_two_provinces_do_not_share_a_signing_key(
    identities: Mapping[str, LocalIdentity], membership: Membership
) -> None:
    since = datetime.fromisoformat(membership.issued)
    ca_key, key = gm.PrivateKey.generate(), identities["320000"].signing_key
    ca = issue_ca(province="310000", name="CA", key=ca_key, now=since)
    signing, encryption = (
        issue(ca=ca, ca_key=ca_key, province="310000", name="x", usage=usage, public_key=key.public, now=since).pem
        for usage in (Usage.SIGNING, Usage.ENCRYPTION)
    )
    shared = _relisted(membership, ca=ca.pem, signing=signing, encryption=encryption)

    with pytest.raises(MembershipError, match="310000 and 320000 have the same signing key"):
        parse(shared.payload())


def test_a_removed_member_is_no_longer_one(membership: Membership) -> None:
    removed = _removed(replace(membership, threshold=3))

    check(removed)
    assert removed.provinces == PROVINCES[1:]
    with pytest.raises(MembershipError, match="310000 is not a member"):
        removed.member("310000")


def _raw(membership: Membership) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(membership.payload())
    return raw


def _with(membership: Membership, **change: Any) -> bytes:
    return canonical.dumps(_raw(membership) | change)


def _member_with(membership: Membership, **change: Any) -> bytes:
    raw = _raw(membership)
    raw["members"][0] |= change
    return canonical.dumps(raw)


MALFORMED: list[Any] = [
    pytest.param(lambda _: b"", id="nothing"),
    pytest.param(lambda _: b"[]", id="a list"),
    pytest.param(lambda _: b"{}", id="an empty object"),
    pytest.param(lambda _: b"[" * 100_000, id="deep nesting"),
    pytest.param(lambda _: b"\xff", id="bytes that are not UTF-8"),
    pytest.param(lambda m: m.payload() + b"\n", id="a line break behind the canonical form"),
    pytest.param(lambda m: json.dumps(_raw(m), indent=1).encode(), id="an indented form"),
    pytest.param(lambda m: _with(m, version="1"), id="a version that is a text"),
    pytest.param(lambda m: _with(m, version=True), id="a version that is true"),
    pytest.param(lambda m: _with(m, threshold=None), id="a threshold of null"),
    pytest.param(lambda m: _with(m, witness_quorum=0), id="a witness quorum of 0 that is not left out"),
    pytest.param(lambda m: _with(m, witness_quorum=True), id="a witness quorum that is true"),
    pytest.param(lambda m: _with(m, issued=5), id="a time that is a number"),
    pytest.param(lambda m: _with(m, members={}), id="members that are an object"),
    pytest.param(lambda m: _with(m, members=["310000"]), id="a member that is a text"),
    pytest.param(lambda m: _with(m, owner="hub"), id="an unknown member of the document"),
    pytest.param(lambda m: _member_with(m, province=310000), id="a code that is a number"),
    pytest.param(lambda m: _member_with(m, tls=None), id="a certificate of null"),
    pytest.param(lambda m: _member_with(m, endpoints="127.0.0.1:1"), id="endpoints that are a text"),
    pytest.param(lambda m: _member_with(m, tls_pins=[1]), id="a pin that is a number"),
    pytest.param(lambda m: _member_with(m, status="ABSENT"), id="an unknown status"),
    pytest.param(lambda m: _member_with(m, keys=[{}]), id="a key without members"),
    pytest.param(lambda m: _member_with(m, keys=[5]), id="a key that is a number"),
    pytest.param(lambda m: _member_with(m, keys=_raw(m)["members"][0]["keys"] * 100), id="300 lines of history"),
    pytest.param(lambda m: _member_with(m, endpoints=["a:1"] * 9), id="nine endpoints"),
    pytest.param(lambda m: _member_with(m, endpoints=["a" * 129 + ":1"]), id="a long endpoint"),
    pytest.param(lambda m: _member_with(m, tls_pins=["ab" * 32] * 4), id="four pins"),
    pytest.param(lambda m: _member_with(m, name="a" * 129), id="a long name"),
    pytest.param(lambda m: _member_with(m, signing="a" * 80_000), id="a long text for a certificate"),
    pytest.param(lambda m: _with(m, members=_raw(m)["members"] * 17), id="68 members"),
    pytest.param(lambda m: _member_with(m, role="hub"), id="an unknown member of a member"),
]


@pytest.mark.parametrize("payload", MALFORMED)
def test_a_malformed_payload_is_refused(membership: Membership, payload: Callable[[Membership], bytes]) -> None:
    with pytest.raises(MembershipError, match=r"malformed|between 1 and 64"):
        parse(payload(membership))


def _dsse(**change: Any) -> bytes:
    document = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(b"{}").decode(),
        "signatures": [{"keyid": "k", "sig": base64.b64encode(bytes(64)).decode()}],
    }
    return json.dumps(document | change).encode()


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        pytest.param(b"", "malformed", id="nothing"),
        pytest.param(b"[]", "malformed", id="a list"),
        pytest.param(b"[" * 100_000, "malformed", id="deep nesting"),
        pytest.param(b"\xff\xfe", "malformed", id="bytes that are not UTF-8"),
        pytest.param(b" " * (MAX_DOCUMENT_BYTES + 1), "larger than 1 MiB", id="more than 1 MiB"),
        pytest.param(_dsse(payloadType="application/json"), "not a membership", id="a document of another type"),
        pytest.param(_dsse(payload="{}"), "malformed", id="a payload that is not base64"),
        pytest.param(_dsse(payload=5), "malformed", id="a payload that is a number"),
        pytest.param(_dsse(signatures=5), "malformed", id="signatures that are a number"),
        pytest.param(_dsse(signatures=[{"keyid": "k"}]), "malformed", id="a signature without bytes"),
        pytest.param(
            _dsse(signatures=[{"keyid": "k", "sig": ""}, {"keyid": "k", "sig": "AA=="}]),
            "signed twice",
            id="a key that signed twice",
        ),
        pytest.param(
            _dsse(signatures=[{"keyid": str(at), "sig": ""} for at in range(257)]), "over 256", id="257 signatures"
        ),
        pytest.param(_dsse(signatures=[{"keyid": "k" * 65, "sig": ""}]), "too long", id="a long key id"),
        pytest.param(
            _dsse(signatures=[{"keyid": "k", "sig": base64.b64encode(bytes(65)).decode()}]),
            "too long",
            id="a signature of 65 bytes",
        ),
    ],
)
def test_a_malformed_document_is_refused(document: bytes, sentence: str) -> None:
    with pytest.raises(MembershipError, match=sentence):
        signed_from_json(document)


def test_the_signature_covers_type_and_payload(identities: Mapping[str, LocalIdentity], membership: Membership) -> None:
    identity = identities["310000"]
    signed = signed_by(membership.payload(), identity)
    signature = signed.signatures[identity.signing_certificate.fingerprint]

    assert identity.signing_key.public.verify(pae(PAYLOAD_TYPE, membership.payload()), signature)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=200), st.dictionaries(st.text(max_size=64), st.binary(max_size=64), max_size=4))
def test_the_dsse_form_reads_back(payload: bytes, signatures: dict[str, bytes]) -> None:
    signed = SignedMembership(payload=payload, signatures=signatures)

    assert signed_from_json(signed.to_json()) == signed


@settings(deadline=None, max_examples=15)
@given(
    names=st.lists(st.text(st.characters(codec="utf-8"), max_size=20).filter(str.isprintable), min_size=4, max_size=4),
    endpoints=st.lists(st.from_regex(r"[a-z0-9.-]{1,20}:[0-9]{1,5}", fullmatch=True), min_size=1, max_size=3),
    threshold=st.integers(1, 4),
)
def test_what_is_founded_reads_back(names: list[str], endpoints: list[str], threshold: int) -> None:
    founded = make_membership(make_identities(PROVINCES))
    members = tuple(
        replace(
            one,
            name=name,
            endpoints=tuple(endpoints),
        )
        for one, name in zip(founded.members, names, strict=True)
    )
    membership = replace(founded, members=members, threshold=threshold)

    assert parse(membership.payload()) == membership


def test_a_member_gives_its_certificates(identities: Mapping[str, LocalIdentity], membership: Membership) -> None:
    member: Member = membership.member("320000")

    assert member.signing_certificate == identities["320000"].signing_certificate
    assert member.encryption_certificate == identities["320000"].encryption_certificate
    assert member.tls_pins == (tls_pin(member.tls.encode()),)
    assert asdict(member)["province"] == "320000"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 2**53) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_whatever_stands_in_a_document_is_read_or_refused(data: st.DataObject) -> None:
    """No value anywhere makes the reader fail in another way than by refusing."""
    raw = _raw(make_membership(make_identities(PROVINCES[:2])))
    target: Any = data.draw(
        st.sampled_from([raw, raw["members"][0], raw["members"][0]["keys"][0], {"payload": raw}]), label="record"
    )
    name = data.draw(st.sampled_from(sorted(target)), label="member")
    old = target[name]
    values = JSON | st.just(old)
    if isinstance(old, str):
        values |= st.builds(lambda at, text: old[:at] + text + old[at:], st.integers(0, len(old)), st.text(max_size=4))
        values |= st.datetimes().map(lambda moment: moment.isoformat() + "+23:59")
    target[name] = data.draw(values, label="value")
    try:
        payload = canonical.dumps(target.get("payload", raw) if "payload" in target else raw)
    except ValueError:
        return
    read, reason = _read(payload)

    assert read == payload or reason in {Flaw.MALFORMED, Flaw.UNFIT}


def _read(payload: bytes) -> tuple[bytes, str]:
    """The payload as it reads back, or why it does not."""
    try:
        return parse(payload).payload(), ""
    except MembershipError as error:
        return b"", error.reason
