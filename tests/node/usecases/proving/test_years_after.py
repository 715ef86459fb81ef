"""A proof still holds when keys were rotated and revoked; the reader's clock plays no part. federation.proof_bundle.members, clause 8.5."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from federation.proof_bundle import Check, State, verify_bundle
from federation.proof_bundle.chain import believe
from federation.proof_bundle.members import Keys
from federation.sample_identities import _authority, new_certificate, new_identity
from tests.node.usecases.mesh import JIANGSU, SHANGHAI, ZHEJIANG
from tests.node.usecases.proving.kit import Kit, Parts, made
from tests.trust.membership.chain import Chain, signed_by
from trust.checkpoint import parse_note
from trust.cosignature import cosign, cosigned
from trust.identity import Reason, Revocation, Usage, make_crl
from trust.local import LocalIdentity
from trust.membership import (
    Closed,
    KeyUsage,
    Membership,
    SignedMembership,
    changes,
    parse,
    signed_from_json,
    verify_next,
)
from trust.tlog_proof import TlogProof, parse_tlog_proof

ANHUI = "340000"
EVERYBODY = (SHANGHAI, JIANGSU, ZHEJIANG, ANHUI)
DAY = timedelta(days=1)
Edit = Callable[[Membership], Membership]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return made(tmp_path_factory.mktemp("years"), file=True)


def used_at(kit: Kit) -> datetime:
    return kit.mesh.clock()


def given_up(
    kit: Kit,
    later: timedelta,
    reason: Closed,
    *provinces: str,
    after: SignedMembership | None = None,
    by: Iterable[LocalIdentity] = (),
) -> Parts:
    """The bundle's parts with a later membership document (`after` one), in which these provinces have another signing key."""
    held = after or signed_from_json(kit.parts["membership/0001.json"])
    current = parse(held.payload)
    at = used_at(kit) + later
    draft = changes.following(current, held.fingerprint, now=at, expires=at + 3650 * DAY)
    fresh = [new_identity(code) for code in provinces]
    for one in fresh:
        pem = one.signing_certificate.pem
        draft = changes.substitute(draft, one.province, KeyUsage.SIGNING, pem, reason)
    name = f"membership/{draft.version:04}.json"
    return kit.parts | {name: believed(kit, current, held, draft, *by, *fresh).to_json()}


def believed(
    kit: Kit, current: Membership, held: SignedMembership, draft: Membership, *fresh: LocalIdentity
) -> SignedMembership:
    """The draft signed with all keys, old and fresh."""
    signed = signed_by(draft, *(kit.mesh[code].identity for code in EVERYBODY), *fresh)
    verify_next(current, held.fingerprint, signed)
    return signed


def seen(kit: Kit, parts: Parts, at: datetime, *provinces: str) -> Parts:
    """The parts with every head cosigned by these provinces at a time."""

    def with_lines(data: bytes) -> bytes:
        proof = parse_tlog_proof(data)
        text = parse_note(proof.checkpoint).text
        lines = [line_of(kit, code, text, at) for code in provinces]
        return TlogProof(
            index=proof.index, path=proof.path, checkpoint=cosigned(proof.checkpoint, lines), extra=proof.extra
        ).text()

    return {name: with_lines(data) if name.endswith(".tlog-proof") else data for name, data in parts.items()}


def line_of(kit: Kit, code: str, text: bytes, at: datetime) -> bytes:
    identity = kit.mesh[code].identity
    key = identity.signing_certificate.public_key
    return cosign(text, province=code, public_key=key, sign=identity.signing_key.sign, seconds=int(at.timestamp())).line


def resealed(kit: Kit, parts: Parts, at: datetime | None = None, *by: str) -> Parts:
    """The parts sealed anew, the seal seen by others where they are named."""
    sealed = kit.sealed(parts)
    return (
        sealed
        if at is None
        else sealed | seen(kit, {"seal/manifest.tlog-proof": sealed["seal/manifest.tlog-proof"]}, at, *by)
    )


def problems(kit: Kit, parts: Parts) -> list[Check]:
    return [one.check for one in kit.verified(parts).problems]


def test_after_an_ordinary_rotation_on_both_sides_it_holds(kit: Kit) -> None:
    parts = given_up(kit, 30 * DAY, Closed.ROTATED, JIANGSU)
    verdict = kit.verified(resealed(kit, parts))

    assert verdict.ok, verdict.problems
    assert verdict.membership is not None
    assert (verdict.membership.first, verdict.membership.last) == (1, 2)


def test_the_fingerprint_of_the_newest_version_is_enough(kit: Kit) -> None:
    parts = resealed(kit, given_up(kit, 30 * DAY, Closed.ROTATED, JIANGSU))
    later = Kit(
        mesh=kit.mesh,
        maker=kit.maker,
        parts=parts,
        trusted=signed_from_json(parts["membership/0002.json"]).fingerprint,
    )

    assert later.verified().ok


def test_what_is_dated_after_a_key_was_given_up_does_not_count(kit: Kit) -> None:
    parts = resealed(kit, given_up(kit, -DAY / 2, Closed.ROTATED, JIANGSU))

    assert problems(kit, parts)[0] is Check.SEAL
    assert Check.LOGS in problems(kit, parts)


@pytest.mark.parametrize(
    ("who", "at", "by", "holds"),
    [
        pytest.param(ZHEJIANG, None, (), False, id="nobody saw it"),
        pytest.param(ZHEJIANG, timedelta(seconds=30), (SHANGHAI,), True, id="one saw it before"),
        pytest.param(ZHEJIANG, 31 * DAY, (SHANGHAI,), False, id="seen afterwards only"),
        pytest.param(ZHEJIANG, timedelta(seconds=30), (ZHEJIANG,), False, id="the owner's own cosignature"),
        pytest.param(JIANGSU, timedelta(seconds=30), (SHANGHAI, ANHUI), True, id="the maker's key, seen before"),
        pytest.param(JIANGSU, None, (), False, id="the maker's key, seen by nobody"),
    ],
)
def test_a_key_that_may_be_in_other_hands_counts_for_what_was_seen_before(
    kit: Kit, who: str, at: timedelta | None, by: tuple[str, ...], holds: bool
) -> None:
    parts = given_up(kit, 30 * DAY, Closed.COMPROMISED, who)
    moment = None if at is None else used_at(kit) + at
    if moment is not None:
        parts = seen(kit, parts, moment, *by)
    if who == ZHEJIANG:
        moment, by = None, ()
    found = problems(kit, resealed(kit, parts, moment, *by))

    assert (found == []) is holds, found


def test_the_word_of_a_witness_whose_key_was_lost_does_not_count(kit: Kit) -> None:
    parts = given_up(kit, 30 * DAY, Closed.COMPROMISED, ZHEJIANG, SHANGHAI)
    moment = used_at(kit) + timedelta(seconds=30)

    assert Check.LOGS in problems(kit, resealed(kit, seen(kit, parts, moment, SHANGHAI)))
    assert problems(kit, resealed(kit, seen(kit, parts, moment, SHANGHAI, ANHUI))) == []


def lost_once_renewed(kit: Kit, *provinces: str) -> Parts:
    """The parts with two later documents: certificates renewed on the same keys a day after the use, and these keys lost in a month."""
    held = signed_from_json(kit.parts["membership/0001.json"])
    current, at = parse(held.payload), used_at(kit) + DAY
    draft = changes.following(current, held.fingerprint, now=at, expires=at + 3650 * DAY)
    renewed = [renewed_of(kit.mesh[code].identity) for code in provinces]
    for one in renewed:
        draft = changes.substitute(draft, one.province, KeyUsage.SIGNING, one.signing_certificate.pem, Closed.ROTATED)
    second = believed(kit, current, held, draft, *renewed)
    lost = given_up(kit, 30 * DAY, Closed.COMPROMISED, *provinces, after=second, by=renewed)
    return lost | {"membership/0002.json": second.to_json()}


def renewed_of(identity: LocalIdentity) -> LocalIdentity:
    """With another certificate on the same signing key."""
    key = identity.signing_certificate.public_key
    return replace(identity, signing_certificate=new_certificate(identity.province, Usage.SIGNING, key))


@pytest.mark.parametrize(
    ("provinces", "by", "holds"),
    [
        pytest.param((ZHEJIANG, SHANGHAI), (SHANGHAI,), False, id="the word of who lost it, too"),
        pytest.param((ZHEJIANG, SHANGHAI), (SHANGHAI, ANHUI), True, id="another saw it"),
        pytest.param((ZHEJIANG,), (), False, id="nobody saw it"),
    ],
)
def test_a_key_that_was_lost_is_lost_under_every_certificate_that_it_had(
    kit: Kit, provinces: tuple[str, ...], by: tuple[str, ...], holds: bool
) -> None:
    parts = seen(kit, lost_once_renewed(kit, *provinces), used_at(kit) + timedelta(seconds=30), *by)

    assert problems(kit, resealed(kit, parts)) == ([] if holds else [Check.LOGS])


def test_the_list_of_a_province_whose_key_was_lost_once_renewed_does_not_count(kit: Kit) -> None:
    parts = lost_once_renewed(kit, JIANGSU)
    documents = {name: data for name, data in parts.items() if name.startswith("membership/")}
    keys = Keys(believe(documents, kit.trusted), {})
    first = kit.mesh.jiangsu.identity.signing_certificate

    assert keys.lost_at(first) == used_at(kit) + 30 * DAY


def revoked(kit: Kit, code: str, at: datetime, reason: Reason) -> Callable[[Parts], Parts]:
    """With the list of a province's CA that revokes its signing certificate."""
    key, ca = _authority(code)
    entry = Revocation(serial=kit.mesh[code].identity.signing_certificate.serial, at=at, reason=reason)
    crl = make_crl(ca=ca, ca_key=key, revoked=[entry], number=1, this_update=at + DAY, next_update=at + 30 * DAY)
    return lambda parts: parts | {f"crl/{code}.crl": crl.pem.encode()}


@pytest.mark.parametrize(
    ("after", "reason", "by", "holds"),
    [
        pytest.param(30 * DAY, Reason.SUPERSEDED, (), True, id="superseded later"),
        pytest.param(-DAY / 2, Reason.SUPERSEDED, (), False, id="superseded before"),
        pytest.param(30 * DAY, Reason.KEY_COMPROMISE, (), False, id="compromised later, seen by nobody"),
        pytest.param(30 * DAY, Reason.KEY_COMPROMISE, (SHANGHAI,), True, id="compromised later, seen before"),
    ],
)
def test_a_revocation_list_is_heard(kit: Kit, after: timedelta, reason: Reason, by: Iterable[str], holds: bool) -> None:
    at = (used_at(kit) + after).astimezone(UTC)
    parts = revoked(kit, ZHEJIANG, at, reason)(seen(kit, kit.parts, used_at(kit) + timedelta(seconds=30), *by))

    assert (problems(kit, resealed(kit, parts)) == []) is holds


@pytest.mark.parametrize(("after", "early"), [(-3000 * DAY, True), (30 * DAY, False)])
def test_of_a_revocation_list_the_date_is_told_and_whether_it_is_of_before_the_use(
    kit: Kit, after: timedelta, early: bool
) -> None:
    at = (used_at(kit) + after).astimezone(UTC)
    key, ca = _authority(ZHEJIANG)
    crl = make_crl(ca=ca, ca_key=key, revoked=[], number=1, this_update=at, next_update=at + 7 * DAY)
    parts = kit.parts | {f"crl/{ZHEJIANG}.crl": crl.pem.encode()}
    found = kit.verified(resealed(kit, parts)).finding(Check.REVOCATION)

    assert found.state is State.PASSED
    assert f"{ZHEJIANG} {at:%Y-%m-%d}" in found.zh
    assert ("签发于用证之前" in found.zh) is early


def test_a_revocation_list_that_the_maker_left_out_is_heard_where_the_reader_brings_it(kit: Kit) -> None:
    at = (used_at(kit) + 30 * DAY).astimezone(UTC)
    crl = revoked(kit, ZHEJIANG, at, Reason.KEY_COMPROMISE)({})[f"crl/{ZHEJIANG}.crl"]
    told = verify_bundle(kit.zip, kit.trusted, crls=[crl])

    assert kit.verified().ok
    assert [one.check for one in told.problems] == [Check.LOGS]
    assert ZHEJIANG in told.finding(Check.REVOCATION).zh


@pytest.mark.parametrize("data", [b"", b"no list"])
def test_what_the_reader_brings_and_is_no_revocation_list_is_named(kit: Kit, data: bytes) -> None:
    told = verify_bundle(kit.zip, kit.trusted, crls=[data])

    assert [one.check for one in told.problems] == [Check.REVOCATION]


def test_the_list_of_another_ca_is_refused(kit: Kit) -> None:
    parts = revoked(kit, SHANGHAI, used_at(kit), Reason.SUPERSEDED)(dict(kit.parts))
    swapped = {("crl/330000.crl" if name == f"crl/{SHANGHAI}.crl" else name): data for name, data in parts.items()}

    assert problems(kit, resealed(kit, swapped)) == [Check.REVOCATION]


def test_a_signature_line_of_nobody_is_no_cosignature(kit: Kit) -> None:
    parts = seen(kit, kit.parts, used_at(kit), SHANGHAI)
    strange = {
        name: data.replace(b"certmesh.cn/310000/witness", b"certmesh.cn/990000/witness")
        if name.startswith("log/330000")
        else data
        for name, data in parts.items()
    }

    assert problems(kit, resealed(kit, strange)) == [Check.LOGS]


def test_an_entry_that_is_dated_after_others_saw_it_is_a_lie(kit: Kit) -> None:
    parts = seen(kit, kit.parts, used_at(kit) - timedelta(hours=1), SHANGHAI)

    assert problems(kit, resealed(kit, parts)) == [Check.LOGS]


def quorum(needed: int) -> Edit:
    return lambda draft: changes.witness_quorum(draft, needed)


def leaves(code: str) -> Edit:
    return lambda draft: changes.remove(draft, code)


def versions(kit: Kit, *edits: tuple[timedelta, Edit]) -> Parts:
    """The bundle's parts with later membership documents, each issued so long after the use."""
    held, parts = signed_from_json(kit.parts["membership/0001.json"]), dict(kit.parts)
    for later, edit in edits:
        current, at = parse(held.payload), used_at(kit) + later
        draft = edit(changes.following(current, held.fingerprint, now=at, expires=at + 3650 * DAY))
        held = believed(kit, current, held, draft)
        parts[f"membership/{draft.version:04}.json"] = held.to_json()
    return parts


@pytest.mark.parametrize(
    ("edits", "by", "state"),
    [
        pytest.param([(-DAY / 4, quorum(2))], (SHANGHAI,), State.FAILED, id="fewer than were asked for"),
        pytest.param([(-DAY / 4, quorum(2))], (SHANGHAI, ANHUI), State.PASSED, id="as many as were asked for"),
        pytest.param([(400 * DAY, quorum(2))], (SHANGHAI,), State.PASSED, id="more are asked for since"),
        pytest.param(
            [(-DAY / 4, quorum(2)), (400 * DAY, quorum(0))],
            (SHANGHAI,),
            State.FAILED,
            id="fewer are asked for since",
        ),
        pytest.param(
            [(-DAY / 4, quorum(2)), (400 * DAY, leaves(ANHUI))],
            (SHANGHAI, ANHUI),
            State.PASSED,
            id="one of them left the mesh since",
        ),
        pytest.param(
            [(-DAY / 2, leaves(ANHUI)), (-DAY / 4, quorum(2))],
            (SHANGHAI, ANHUI),
            State.FAILED,
            id="one of them had left before",
        ),
    ],
)
def test_the_policy_of_witnesses_is_that_of_the_membership_of_the_time(
    kit: Kit, edits: list[tuple[timedelta, Edit]], by: tuple[str, ...], state: State
) -> None:
    parts = seen(kit, versions(kit, *edits), used_at(kit) + timedelta(seconds=30), *by)
    verdict = kit.verified(resealed(kit, parts))

    assert verdict.finding(Check.WITNESSES).state is state
    assert verdict.ok is (state is State.PASSED), verdict.problems


def test_a_later_document_that_the_reader_brings_is_heard(kit: Kit) -> None:
    later = given_up(kit, 30 * DAY, Closed.COMPROMISED, ZHEJIANG)["membership/0002.json"]
    told = verify_bundle(kit.zip, kit.trusted, [later])

    assert kit.verified().ok
    assert [one.check for one in told.problems] == [Check.LOGS]


def test_a_reader_who_trusts_a_later_document_brings_it(kit: Kit) -> None:
    later = given_up(kit, 30 * DAY, Closed.ROTATED, JIANGSU)["membership/0002.json"]
    trusted = signed_from_json(later).fingerprint

    assert verify_bundle(kit.zip, trusted, [later]).ok
    assert [one.check for one in verify_bundle(kit.zip, trusted).problems] == [Check.MEMBERSHIP]


def test_a_document_of_another_mesh_breaks_the_chain(kit: Kit) -> None:
    strange = Chain.found(EVERYBODY, threshold=2).documents[0].to_json()

    assert [one.check for one in verify_bundle(kit.zip, kit.trusted, [strange]).problems] == [Check.MEMBERSHIP]
