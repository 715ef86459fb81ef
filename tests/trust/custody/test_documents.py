"""A whole identity in a module: messages, documents and checkpoints of a node whose two keys nobody in this process has."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from federation.directory import Directory
from federation.model import publication as publications
from federation.model.publication import Head, read
from federation.post import Post
from federation.sample_identities import make_identities, make_membership
from tests.federation.samples import ANSWER, QUERY
from tests.trust.custody.conftest import Keeper
from tests.trust.ofd.signatures.makers import plain
from trust import gm
from trust.checkpoint import Checkpoint, sign_note, verify_note
from trust.custody import FakeModule, Fault
from trust.errors import CustodyError
from trust.identity import Certificate, Usage, issue, issue_ca
from trust.local import LocalIdentity
from trust.membership import SignedMembership, add_signature, signers
from trust.ofd import Trust, Verdict, verify_document
from trust.ofd.signatures import Signer, sign_package

NOW = datetime.now(UTC)
ME, PEER = "310000", "320000"
CA_KEY = gm.PrivateKey.generate()
CA = issue_ca(province=ME, name="CA", key=CA_KEY, now=NOW - timedelta(days=1))


def certificate(usage: Usage, key: gm.PublicKey) -> Certificate:
    since = NOW - timedelta(days=1)
    return issue(ca=CA, ca_key=CA_KEY, province=ME, name="node", usage=usage, public_key=key, now=since)


def identity_of(keeper: Keeper) -> LocalIdentity:
    """The identity of a node whose keys the keeper has; its channel key is an ordinary one."""
    return replace(
        make_identities([ME])[ME],
        signing_key=keeper.signer,
        signing_certificate=certificate(Usage.SIGNING, keeper.signer.public),
        encryption_key=keeper.unwrapper,
        encryption_certificate=certificate(Usage.ENCRYPTION, keeper.unwrapper.public),
    )


def directory(mine: LocalIdentity) -> Directory:
    """A mesh of two in which ours are the module's certificates."""
    membership = make_membership(make_identities([ME, PEER]))
    ours = replace(
        membership.member(ME),
        ca=CA.pem,
        signing=mine.signing_certificate.pem,
        encryption=mine.encryption_certificate.pem,
    )
    return Directory(replace(membership, members=(ours, membership.member(PEER))))


def posts(keeper: Keeper) -> Mapping[str, Post]:
    mine = identity_of(keeper)
    members = directory(mine)
    identities = {ME: mine, PEER: make_identities([PEER])[PEER]}
    return {code: Post(one, members, clock=lambda: NOW, monotonic=time.monotonic) for code, one in identities.items()}


def test_a_node_with_its_keys_in_a_module_asks_and_answers(keeper: Keeper) -> None:
    rooms = posts(keeper)
    for asking, answering in ((ME, PEER), (PEER, ME)):
        draft = rooms[asking].draft_request(QUERY, recipients=[answering], exchange_id=f"e-{asking}")
        opened = rooms[answering].open_request(rooms[asking].sign(draft), kind="SearchRequest", sender=asking)
        sealed = rooms[answering].draft_answer(rooms[answering].encode(ANSWER), opened)
        reply = rooms[asking].open_answer(
            rooms[answering].sign(sealed), kind="SearchAnswer", sender=answering, request=draft
        )
        assert (opened.message, reply.message) == (QUERY, ANSWER)


def test_its_checkpoints_publications_memberships_and_usage_copies_verify(keeper: Keeper) -> None:
    mine = identity_of(keeper)
    public, sign = mine.signing_certificate.public_key, mine.document_signer.sign
    note = sign_note(Checkpoint(origin="log", size=1, root=bytes(32)), public, mine.signing_key.sign)
    published = publications.sign(HEAD, key_id="k", signer=sign)
    whole = make_membership(make_identities([ME]))
    membership = replace(whole, members=(replace(whole.members[0], ca=CA.pem, signing=mine.signing_certificate.pem),))
    signed = add_signature(
        SignedMembership(payload=membership.payload(), signatures={}),
        key_id=mine.signing_certificate.fingerprint,
        signer=sign,
    )
    signer = Signer(certificate=mine.signing_certificate.der, key=mine.document_signer)
    copy = sign_package(plain(), [signer], signed_at=NOW)

    assert verify_note(note, "log", public).size == 1
    assert read(published, kind="catalogue", publisher=ME, keys={"k": public}) == HEAD
    assert signers(signed, membership) == (ME,)
    assert verify_document(copy, trust=Trust.from_bytes(anchors=[CA.der]), at=NOW).verdict is Verdict.VALID


HEAD = Head(kind="catalogue", publisher=ME, version=1, issued=NOW, previous="", size=0, root="0a" * 32)


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.OTHER_KEY, Fault.OTHER_MESSAGE])
def test_no_document_is_made_with_a_signature_that_does_not_verify(fake: FakeModule, fault: Fault) -> None:
    """Also where the module is used bare: documents are signed through `document_signer`, which looks before it hands on."""
    mine = identity_of(Keeper(signer=fake.signer, unwrapper=fake.unwrapper))
    signer = Signer(certificate=mine.signing_certificate.der, key=mine.document_signer)
    fake.have(fault)
    try:
        with pytest.raises(CustodyError):
            publications.sign(HEAD, key_id="k", signer=mine.document_signer.sign)
        with pytest.raises(CustodyError):
            sign_package(plain(), [signer], signed_at=NOW)
        with pytest.raises(CustodyError):
            issue_ca(province=ME, name="CA", key=fake.signer, now=NOW)
    finally:
        fake.have(Fault.NONE)
