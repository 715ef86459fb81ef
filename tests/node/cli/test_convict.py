"""`certmesh evidence convict`: a forked log is proven on another machine, with nothing but the file and the certificate."""

from pathlib import Path

from typer.testing import CliRunner, Result

from federation.sample_identities import make_identities, make_membership
from node.cli import app
from trust import gm
from trust.checkpoint import Checkpoint, evidence_log, parse_note, sign_note
from trust.cosignature import cosign, cosigned
from trust.fork import Exhibit
from trust.membership import SignedMembership

PROVINCES = ("310000", "330000")


def note(size: int, mark: bytes) -> bytes:
    identity = make_identities(PROVINCES)["330000"]
    checkpoint = Checkpoint(origin=evidence_log("330000"), size=size, root=gm.sm3(mark))
    return sign_note(checkpoint, identity.signing_certificate.public_key, identity.signing_key.sign)


def stated(size: int, mark: bytes, seconds: int) -> bytes:
    """With the province's own cosignature."""
    signed, identity = note(size, mark), make_identities(PROVINCES)["330000"]
    key, sign = identity.signing_certificate.public_key, identity.signing_key.sign
    own = cosign(parse_note(signed).text, province="330000", public_key=key, sign=sign, seconds=seconds)
    return cosigned(signed, [own.line])


def prepared(folder: Path, *notes: bytes) -> Path:
    first, second = notes if len(notes) > 1 else (note(7, b"one"), *notes)
    file = folder / "fork.json"
    file.write_bytes(Exhibit(province="330000", first=first, second=second).to_json())
    for code, identity in make_identities(PROVINCES).items():
        (folder / f"{code}.crt").write_text(identity.signing_certificate.pem)
    return file


def convict(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["evidence", "convict", *map(str, arguments)])


def test_two_heads_of_one_size_are_guilty(tmp_path: Path) -> None:
    done = convict(prepared(tmp_path, note(7, b"two")), "--key", tmp_path / "330000.crt")

    assert done.exit_code == 0
    assert "GUILTY" in done.stdout
    assert "two different roots are signed for size 7" in done.stdout


def test_a_log_that_went_back_by_its_own_statements_is_guilty(tmp_path: Path) -> None:
    done = convict(prepared(tmp_path, stated(7, b"one", 100), stated(4, b"two", 101)), "--key", tmp_path / "330000.crt")

    assert (done.exit_code, "GUILTY 证实回退: 330000" in done.stdout) == (0, True)
    assert "4 entries, after it had stated 7" in done.stdout


def test_the_certificate_of_another_province_proves_nothing(tmp_path: Path) -> None:
    done = convict(prepared(tmp_path, note(7, b"two")), "--key", tmp_path / "310000.crt")

    assert (done.exit_code, "NOT PROVEN" in done.stdout) == (1, True)


def test_a_head_beside_itself_proves_nothing(tmp_path: Path) -> None:
    done = convict(prepared(tmp_path, note(7, b"one")), "--key", tmp_path / "330000.crt")

    assert (done.exit_code, "the same" in done.stdout) == (1, True)


def test_a_membership_document_names_the_key(tmp_path: Path) -> None:
    payload = make_membership(make_identities(PROVINCES)).payload()
    (tmp_path / "membership.json").write_bytes(SignedMembership(payload=payload, signatures={}).to_json())
    done = convict(prepared(tmp_path, note(7, b"two")), "--membership", tmp_path / "membership.json")

    assert (done.exit_code, "GUILTY" in done.stdout) == (0, True)


def test_something_else_is_no_exhibit(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    prepared(tmp_path, note(7, b"two"))
    done = convict(tmp_path / "x.json", "--key", tmp_path / "330000.crt")

    assert (done.exit_code, "not an exhibit" in done.stdout) == (1, True)


def test_one_key_is_named(tmp_path: Path) -> None:
    assert convict(prepared(tmp_path, note(7, b"two"))).exit_code != 0
