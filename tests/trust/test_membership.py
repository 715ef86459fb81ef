"""trust.membership: founding, signing and believing the first document of a mesh of four."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.testing import make_identities, make_membership
from tests.federation.samples import PROVINCES, stranger
from trust import canonical
from trust.envelope import pae
from trust.errors import MembershipError
from trust.local import LocalIdentity
from trust.membership import (
    MAX_DOCUMENT_BYTES,
    PAYLOAD_TYPE,
    Member,
    Membership,
    MemberStatus,
    SignedMembership,
    add_signature,
    check,
    parse,
    signed_from_json,
    signers,
    verify,
)
from trust.tls import tls_pin

NOW = datetime.now(UTC)


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

    assert verify(signed_from_json(signed.to_json()), now=NOW) == membership
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
        verify(signed, now=NOW)


def test_a_foreign_signature_counts_for_nothing(
    identities: Mapping[str, LocalIdentity], membership: Membership
) -> None:
    signed = signed_by(membership.payload(), stranger("310000"), *(identities[one] for one in PROVINCES[1:]))

    assert signers(signed, membership) == PROVINCES[1:]
    with pytest.raises(MembershipError, match="not signed by 310000"):
        verify(signed, now=NOW)


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
        verify(replace(signed, payload=changed.payload()), now=NOW)


def test_a_document_is_valid_until_it_expires(identities: Mapping[str, LocalIdentity], membership: Membership) -> None:
    signed, end = signed_by(membership.payload(), *identities.values()), datetime.fromisoformat(membership.expires)

    verify(signed, now=end)
    with pytest.raises(MembershipError, match="expired at"):
        verify(signed, now=end + timedelta(seconds=1))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"version": 2}, id="a second version is not read yet"),
        pytest.param({"previous": "00"}, id="a first version with a previous one is refused"),
    ],
)
def test_only_a_first_document_is_read(
    identities: Mapping[str, LocalIdentity], membership: Membership, change: dict[str, Any]
) -> None:
    changed = replace(membership, **change)

    with pytest.raises(MembershipError, match="first membership document only"):
        verify(signed_by(changed.payload(), *identities.values()), now=NOW)


def _first(membership: Membership, **change: Any) -> Membership:
    return replace(membership, members=(replace(membership.members[0], **change), *membership.members[1:]))


def _removed(membership: Membership) -> Membership:
    return _first(membership, status=MemberStatus.REMOVED)


BROKEN: list[Any] = [
    pytest.param(lambda m: replace(m, members=()), "between 1 and 64", id="nobody"),
    pytest.param(lambda m: replace(m, members=m.members * 17), "between 1 and 64", id="more than 64 members"),
    pytest.param(lambda m: replace(m, members=(*m.members, m.members[0])), "each province once", id="a province twice"),
    pytest.param(
        lambda m: replace(m, members=(*m.members, replace(m.members[0], status=MemberStatus.REMOVED))),
        "each province once",
        id="a province as a member and as a former member",
    ),
    pytest.param(lambda m: replace(m, threshold=0), "threshold", id="a threshold of none"),
    pytest.param(lambda m: replace(m, threshold=5), "threshold", id="a threshold above the members"),
    pytest.param(lambda m: replace(_removed(m), threshold=4), "threshold", id="a threshold above the active members"),
    pytest.param(lambda m: replace(m, version=0), "count from 1", id="version 0"),
    pytest.param(lambda m: replace(m, expires=m.issued), "in this order", id="expiring when issued"),
    pytest.param(lambda m: replace(m, issued="2026-03-01T00:00:00"), "with an offset", id="a time without offset"),
    pytest.param(lambda m: replace(m, expires="soon"), "soon", id="a time that is none"),
    pytest.param(lambda m: replace(m, issued="2016-03-01T00:00:00+00:00"), "valid only from", id="before the keys"),
    pytest.param(lambda m: _first(m, province="31000"), "six digits", id="a code of five digits"),
    pytest.param(lambda m: _first(m, province="31000a"), "six digits", id="a code with a letter"),
    pytest.param(lambda m: _first(m, province="350000"), "of another province", id="a certificate of another province"),
    pytest.param(lambda m: _first(m, endpoints=()), "no endpoint", id="no endpoint"),
    pytest.param(lambda m: _first(m, signing=m.members[0].encryption), "for signing", id="an encryption key to sign"),
    pytest.param(
        lambda m: _first(m, encryption=m.members[0].signing), "for encryption", id="a signing key to encrypt to"
    ),
    pytest.param(lambda m: _first(m, signing=m.members[1].signing), "another CA", id="a certificate of another CA"),
    pytest.param(lambda m: _first(m, ca=m.members[0].signing), "not a CA", id="a CA that is none"),
    pytest.param(lambda m: _first(m, signing=""), "PEM", id="no signing certificate"),
    pytest.param(
        lambda m: _first(m, tls=m.members[1].tls), "does not match its pins", id="a TLS key that is not pinned"
    ),
    pytest.param(lambda m: _first(m, tls_pins=()), "does not match its pins", id="no pin"),
    pytest.param(lambda m: _first(m, tls=""), "malformed", id="no TLS certificate"),
    pytest.param(
        lambda m: _first(m, tls_pins=m.members[0].tls_pins + m.members[1].tls_pins),
        "serves one member",
        id="a TLS key of another member",
    ),
]


@pytest.mark.parametrize(("broken", "sentence"), BROKEN)
def test_a_document_that_does_not_fit_together(
    membership: Membership, broken: Callable[[Membership], Membership], sentence: str
) -> None:
    with pytest.raises(MembershipError, match=sentence):
        parse(broken(membership).payload())


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
    names=st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=4, max_size=4),
    endpoints=st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=3),
    threshold=st.integers(1, 4),
    reason=st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_what_is_founded_reads_back(names: list[str], endpoints: list[str], threshold: int, reason: str) -> None:
    founded = make_membership(make_identities(PROVINCES))
    members = tuple(
        replace(
            one,
            name=name,
            endpoints=tuple(endpoints),
            keys=tuple(replace(key, reason=reason) for key in one.keys),
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
