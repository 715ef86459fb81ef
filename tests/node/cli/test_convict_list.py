"""`certmesh evidence convict` over a published list: two histories are proven on another machine, a step back is not."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from federation.model.publication import MAX_CHAIN, Head, sign
from federation.model.publication_fork import (
    MAX_EXHIBIT_BYTES,
    NotProvenError,
    PublicationExhibit,
    convict,
    read_exhibit,
)
from federation.sample_identities import make_identities, make_membership
from node.cli import app
from trust import gm
from trust.membership import SignedMembership

SHANGHAI, ZHEJIANG = PROVINCES = ("310000", "330000")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEAD = Head(kind="uselist", publisher=ZHEJIANG, version=1, issued=NOON, previous="", size=7, root="0a" * 32)


def history(length: int, root: str = "0a" * 32) -> list[Head]:
    """Heads of versions 1 to `length`, each following the one before."""
    heads = [replace(HEAD, root=root)]
    while len(heads) < length:
        before = heads[-1]
        heads.append(replace(before, version=before.version + 1, previous=gm.sm3(before.payload()).hex()))
    return heads


def document(head: Head, signer: str = ZHEJIANG) -> bytes:
    key = make_identities(PROVINCES)[signer]
    signed = sign(head, key_id=key.signing_certificate.fingerprint, signer=key.signing_key.sign)
    return signed.document("uselist")


def exhibit(first: Head, second: Head, *between: Head) -> PublicationExhibit:
    chain = tuple(one.payload() for one in between)
    return PublicationExhibit(
        list_kind="uselist", publisher=ZHEJIANG, first=document(first), second=document(second), chain=chain
    )


ONE, OTHER = history(5), history(5, "0b" * 32)
FORKS = [
    pytest.param(exhibit(ONE[2], OTHER[2]), "two different versions 3 of its uselist", id="two versions of one number"),
    pytest.param(exhibit(ONE[2], OTHER[3]), "it signed version 3", id="the next version follows another"),
    pytest.param(exhibit(ONE[1], OTHER[4], *OTHER[2:4]), "a version 5 whose history", id="a later one with its chain"),
]
NO_PROOF = [
    pytest.param(exhibit(ONE[2], ONE[2]), "the two heads are the same", id="a head beside itself"),
    pytest.param(exhibit(ONE[2], ONE[3]), "version 4 follows version 3", id="a version and the next"),
    pytest.param(exhibit(ONE[4], ONE[2]), "may be an earlier version", id="a step back"),
    pytest.param(exhibit(ONE[1], OTHER[4]), "the chain ends at version 5", id="a later version without its chain"),
    pytest.param(exhibit(ONE[1], OTHER[4], *ONE[2:4]), "is not the one", id="a later version with a foreign chain"),
    pytest.param(replace(exhibit(ONE[1], OTHER[1]), second=b""), "contradicts nothing", id="one head alone"),
    pytest.param(
        replace(exhibit(ONE[1], OTHER[1]), second=document(OTHER[1], SHANGHAI)),
        "may sign with",
        id="a head that another province signed",
    ),
    pytest.param(
        replace(exhibit(ONE[1], OTHER[1]), publisher=SHANGHAI), "may sign with", id="a province that signed neither"
    ),
    pytest.param(replace(exhibit(ONE[1], OTHER[1]), list_kind="catalogue"), "not of this kind", id="another list"),
]


@pytest.fixture
def membership(tmp_path: Path) -> Path:
    """All that the other machine has: a membership document."""
    payload = make_membership(make_identities(PROVINCES)).payload()
    file = tmp_path / "membership.json"
    file.write_bytes(SignedMembership(payload=payload, signatures={}).to_json())
    return file


def run(folder: Path, content: bytes, *arguments: str | Path) -> Result:
    file = folder / "exhibit.json"
    file.write_bytes(content)
    return CliRunner().invoke(app, ["evidence", "convict", str(file), *map(str, arguments)])


@pytest.mark.parametrize(("one", "sentence"), FORKS)
def test_two_histories_are_guilty(tmp_path: Path, membership: Path, one: PublicationExhibit, sentence: str) -> None:
    done = run(tmp_path, one.to_json(), "--membership", membership)

    assert (done.exit_code, "GUILTY" in done.stdout, sentence in done.stdout) == (0, True, True)
    assert f"{ZHEJIANG}:" in done.stdout


@pytest.mark.parametrize(("one", "sentence"), NO_PROOF)
def test_what_proves_nothing_is_not_proven(
    tmp_path: Path, membership: Path, one: PublicationExhibit, sentence: str
) -> None:
    done = run(tmp_path, one.to_json(), "--membership", membership)

    assert (done.exit_code, "NOT PROVEN" in done.stdout, sentence in done.stdout) == (1, True, True)


def test_the_signing_certificate_alone_will_do(tmp_path: Path) -> None:
    certificate = tmp_path / "330000.crt"
    certificate.write_text(make_identities(PROVINCES)[ZHEJIANG].signing_certificate.pem)
    done = run(tmp_path, exhibit(ONE[2], OTHER[2]).to_json(), "--key", certificate)

    assert (done.exit_code, "GUILTY" in done.stdout) == (0, True)


GOOD = exhibit(ONE[1], OTHER[4], *OTHER[2:4])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"[" * 100_000, id="deep nesting"),
        pytest.param(b" " * (MAX_EXHIBIT_BYTES + 1), id="over 4 MiB"),
        pytest.param(replace(GOOD, list_kind="membership").to_json(), id="a list that there is not"),
        pytest.param(replace(GOOD, chain=(b"{}",) * (MAX_CHAIN + 1)).to_json(), id="a chain of 2,001"),
        pytest.param(replace(GOOD, chain=(b"x" * 1025,)).to_json(), id="a link over 1 KiB"),
        pytest.param(replace(GOOD, first=b"x" * 4097).to_json(), id="a head over 4 KiB"),
        pytest.param(GOOD.to_json().replace(b"version 1", b"version 2"), id="another version of the form"),
        pytest.param(GOOD.to_json().replace(b'"chain"', b'"links"'), id="no chain"),
    ],
)
def test_something_else_is_no_exhibit(data: bytes) -> None:
    with pytest.raises(NotProvenError):
        read_exhibit(data)


def test_an_exhibit_reads_back() -> None:
    assert read_exhibit(GOOD.to_json()) == GOOD


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_damaged_exhibit_convicts_of_nothing_or_of_the_same(data: st.DataObject) -> None:
    """A byte that is changed anywhere may spoil the proof, and never makes another."""
    raw = bytearray(GOOD.to_json())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(32, 126))
    keys = make_membership(make_identities(PROVINCES)).member(ZHEJIANG).signing_certificates
    try:
        sentence = convict(read_exhibit(bytes(raw)), {one.fingerprint: one.public_key for one in keys})
    except NotProvenError:
        return
    assert sentence.startswith("it signed version 2 of its uselist, and a version 5")
