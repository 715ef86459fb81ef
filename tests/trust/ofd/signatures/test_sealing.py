"""The makers of seals and signatures: what they make, our verifier and a stranger's eye accept; what they cannot make, they refuse."""

from collections.abc import Callable

import pytest

from tests.trust.ofd.signatures.makers import (
    ISSUED,
    LISTING,
    PICTURE,
    SIGNATURE,
    SIGNED_AT,
    Entries,
    face,
    pki,
    plain,
    seal,
    sealed,
    sealer,
    verified,
)
from trust.ofd import Trust, Verdict, read_package, verify_document
from trust.ofd.signatures import Signer, read_seal, sign_entries, sign_package, write_package

SIGNER = Signer(certificate=pki().signer, key=pki().signer_key)


def test_a_seal_is_read_back_as_it_was_made() -> None:
    read, shown = read_seal(seal()), face()

    assert (read.version, read.es_id, read.name, read.picture) == (4, shown.es_id, shown.name, PICTURE)
    assert (read.created, read.valid_from, read.valid_until) == (ISSUED, shown.valid_from, shown.valid_until)
    assert (read.certificates, read.maker, read.width, read.height) == (shown.users, pki().maker, 40, 40)


@pytest.mark.parametrize(
    "signers",
    [
        pytest.param((sealer(),), id="one seal"),
        pytest.param((SIGNER,), id="one signature without a seal"),
        pytest.param((sealer(), sealer(), SIGNER), id="two seals and a platform's signature"),
    ],
)
def test_a_made_package_is_valid_with_its_ca_and_wholly_covered_by_the_last_signature(
    signers: tuple[Signer, ...],
) -> None:
    data = sign_package(plain(), signers, signed_at=SIGNED_AT)
    report = verify_document(data, trust=pki().trust, at=SIGNED_AT)

    assert report.verdict is Verdict.VALID
    assert [str(place + 1) for place in range(len(signers))] == [one.id for one in report.signatures]
    assert report.signatures[-1].uncovered == ()
    assert all(one.signed_at == SIGNED_AT for one in report.signatures)
    assert verify_document(data, trust=Trust(), at=SIGNED_AT).verdict is Verdict.VALID_UNTRUSTED


def test_the_original_entries_are_kept_byte_for_byte_but_ofd_xml() -> None:
    before, after = plain(), sealed()

    assert {name: data for name, data in before.items() if name != "OFD.xml"}.items() <= after.items()
    assert read_package(write_package(after)).doc_roots == ("Doc_0/Document.xml",)


@pytest.mark.parametrize("name", sorted(sealed(sealer(), SIGNER)))
def test_a_change_of_any_entry_is_seen(name: str) -> None:
    entries = sealed(sealer(), SIGNER)
    report = verified({**entries, name: entries[name] + b" "})

    assert report.verdict in {Verdict.TAMPERED, Verdict.UNSUPPORTED}


def test_a_removed_entry_is_seen() -> None:
    entries = sealed()
    del entries["Doc_0/PublicRes.xml"]

    assert verified(entries).verdict is Verdict.TAMPERED


def _signed() -> Entries:
    return sealed()


@pytest.mark.parametrize(
    ("make", "signers"),
    [
        pytest.param(plain, (), id="no signer"),
        pytest.param(dict, (SIGNER,), id="no OFD.xml"),
        pytest.param(_signed, (SIGNER,), id="signed already"),
        pytest.param(lambda: {**plain(), "doc_0/signs/x": b""}, (SIGNER,), id="the folder is taken"),
        pytest.param(
            lambda: {**plain(), "OFD.xml": b'<o:OFD xmlns:o="http://www.ofdspec.org/2016"/>'},
            (SIGNER,),
            id="no document",
        ),
    ],
)
def test_what_cannot_be_signed_is_refused(make: Callable[[], Entries], signers: tuple[Signer, ...]) -> None:
    with pytest.raises(ValueError, match=r"sign|taken|document"):
        sign_entries(make(), signers, signed_at=SIGNED_AT)


def test_stamps_stand_in_signature_xml_and_the_list_names_the_kind() -> None:
    entries = sealed(sealer(), SIGNER)

    assert b'PageRef="2" Boundary="10 20 40 40"' in entries[SIGNATURE]
    assert entries[LISTING].count(b'Type="Seal"') == entries[LISTING].count(b'Type="Sign"') == 1
