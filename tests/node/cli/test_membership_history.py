"""`certmesh membership log|convict`: what happened and who signed it; what a file about a refused document proves."""

import json
from pathlib import Path

import pytest

from node import keys
from node.errors import ConfigError
from node.membership_file import read_chain, read_signed
from tests.federation.samples import PROVINCES
from tests.node.cli.ceremony import PHRASE, Ceremony, certmesh
from trust.errors import MembershipError
from trust.membership import Exhibit, SignedMembership, add_signature, grouped

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = PROVINCES


def signed(mesh: Ceremony, payload: bytes, *by: str) -> SignedMembership:
    """Signed past the commands, as a malicious member would."""
    document = SignedMembership(payload=payload, signatures={})
    for code in by:
        key, certificate = keys.load_signing(mesh.keys(code), PHRASE.encode())
        document = add_signature(document, key_id=certificate.fingerprint, signer=key.sign)
    return document


def exhibit(mesh: Ceremony, offered: SignedMembership) -> Path:
    """The file that a node would keep, which holds the chain."""
    path = mesh.root / "exhibit.json"
    kept = Exhibit(
        chain=tuple(read_chain([mesh.chain])),
        offered=offered.to_json(),
        reason="FORKED",
        carried_by=ANHUI,
        at="2026-11-27T12:00:00+00:00",
    )
    path.write_bytes(kept.to_bytes())
    return path


def anchor(mesh: Ceremony) -> str:
    return read_signed(mesh.document(1)).fingerprint


def rival(mesh: Ceremony, *by: str) -> SignedMembership:
    """Another second version, beside the one that is adopted."""
    mesh.adopt(2, "threshold", "2")
    payload = read_signed(mesh.document(2)).payload.replace(b'"threshold":2', b'"threshold":1')
    return signed(mesh, payload, *by)


def test_log_tells_what_changed_and_who_signed(mesh: Ceremony) -> None:
    mesh.adopt(2, "endpoint", ANHUI, "a.example:1", by=(SHANGHAI, ZHEJIANG, ANHUI))
    mesh.change(3, "renew")
    said = certmesh("membership", "log", mesh.chain)
    told = mesh.log()

    assert said.exit_code == 0
    assert "340000 is reached at a.example:1 instead of 127.0.0.1:7001" in said.stdout
    assert "signed by 310000, 330000, 340000 of version 1's members (3 were needed)" in said.stdout
    assert "not sufficiently signed" in said.stdout
    assert [one["version"] for one in told["versions"]] == [1, 2]
    assert told["not_sufficiently_signed"] == [read_signed(mesh.document(3)).fingerprint]


def test_log_begins_at_the_fingerprint_that_is_trusted(mesh: Ceremony) -> None:
    mesh.adopt(2, "renew")
    mesh.adopt(3, "renew")
    second = read_signed(mesh.document(2)).fingerprint
    said = certmesh(
        *("membership", "log", mesh.document(3), mesh.document(2)), "--fingerprint", grouped(second).upper(), "--json"
    )
    blind = certmesh("membership", "log", mesh.document(2), mesh.document(3))

    assert [one["version"] for one in json.loads(said.stdout)["versions"]] == [2, 3]
    assert isinstance(blind.exception, MembershipError)
    assert blind.exception.reason == "UNTRUSTED"


def test_log_puts_signatures_gathered_apart_together(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    apart = mesh.root / "apart"
    apart.mkdir()
    payload = read_signed(mesh.document(2)).payload
    for code in PROVINCES[:3]:
        (apart / f"membership.2.{code}.json").write_bytes(signed(mesh, payload, code).to_json())
    told = json.loads(certmesh("membership", "log", mesh.document(1), apart, "--json").stdout)

    assert [one["version"] for one in told["versions"]] == [1, 2]
    assert told["versions"][1]["signatures"][0]["signed_by"] == list(PROVINCES[:3])


def test_log_refuses_a_folder_with_a_fork(mesh: Ceremony) -> None:
    (mesh.chain / "membership.2b.json").write_bytes(rival(mesh, *PROVINCES[1:]).to_json())
    said = certmesh("membership", "log", mesh.chain)

    assert isinstance(said.exception, MembershipError)
    assert said.exception.reason == "FORKED"


def test_a_fork_convicts_on_another_machine_who_signed_both(mesh: Ceremony) -> None:
    path = exhibit(mesh, rival(mesh, *PROVINCES[1:]))
    trusted = ("--fingerprint", grouped(anchor(mesh)))
    said = certmesh("membership", "convict", path, *trusted)
    told = certmesh("membership", "convict", path, *trusted, "--json")
    verdict = json.loads(told.stdout)

    assert (said.exit_code, told.exit_code) == (1, 1)
    assert "分叉" in said.stdout
    assert "由签名证实应负责的省份：320000、330000" in said.stdout
    assert "传递文件本身不构成责任" in said.stdout
    assert (verdict["finding"], verdict["guilty"]) == ("FORK", [JIANGSU, ZHEJIANG])
    assert verdict["claims"] == {"reason": "FORKED", "carried_by": ANHUI, "at": "2026-11-27T12:00:00+00:00"}


def test_a_draft_convicts_nobody_and_was_rightly_refused(mesh: Ceremony) -> None:
    path = exhibit(mesh, rival(mesh, SHANGHAI))
    told = certmesh("membership", "convict", path, "--fingerprint", anchor(mesh), "--json")
    verdict = json.loads(told.stdout)

    assert told.exit_code == 1
    assert (verdict["finding"], verdict["guilty"], verdict["signed_by"]) == ("UNDER_SIGNED", [], [SHANGHAI])


def test_a_valid_document_is_innocent(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    payload = read_signed(mesh.document(2)).payload
    mesh.document(2).unlink()
    path = exhibit(mesh, signed(mesh, payload, *PROVINCES[:3]))
    said = certmesh("membership", "convict", path, "--fingerprint", anchor(mesh))

    assert said.exit_code == 0
    assert "不构成任何违规" in said.stdout
    assert "由签名证实应负责的省份：无" in said.stdout


def test_a_file_proves_nothing_to_whom_trusts_another_document(mesh: Ceremony) -> None:
    path = exhibit(mesh, read_signed(mesh.document(1)))
    said = certmesh("membership", "convict", path, "--fingerprint", "ab" * 32)

    assert said.exit_code == 1
    assert isinstance(said.exception, MembershipError)
    assert said.exception.reason == "UNTRUSTED"


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 99])
def test_what_is_no_exhibit_is_said_to_be_none(mesh: Ceremony, content: bytes) -> None:
    path = mesh.root / "none.json"
    path.write_bytes(content)
    said = certmesh("membership", "convict", path, "--fingerprint", "ab" * 32)

    assert isinstance(said.exception, MembershipError)
    assert said.exception.reason == "MALFORMED"


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32])
def test_a_fingerprint_has_64_digits(mesh: Ceremony, text: str) -> None:
    path = exhibit(mesh, read_signed(mesh.document(1)))
    said = certmesh("membership", "convict", path, "--fingerprint", text)

    assert isinstance(said.exception, ConfigError)
    assert "64 hexadecimal digits" in str(said.exception)
