"""`certmesh membership create|sign|show|fingerprint`: founding, who has signed, what is missing, and what is not signed."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from node.errors import ConfigError
from node.membership_file import read_signed
from tests.federation.samples import PROVINCES
from tests.node.cli.ceremony import Ceremony, certmesh
from trust import canonical
from trust.errors import MembershipError
from trust.membership import SignedMembership, grouped, spoken, words

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = PROVINCES


def test_a_dry_run_of_founding_says_who_and_writes_nothing(unfounded: Ceremony) -> None:
    out = unfounded.root / "membership.json"
    cards = [unfounded.card(code) for code in PROVINCES]
    said = certmesh("membership", "create", *cards, "--out", out, "--dry-run")

    assert said.exit_code == 0
    assert "would found a mesh of 4 provinces, 3 of which sign" in said.stdout
    assert all(code in said.stdout for code in PROVINCES)
    assert not out.exists()


def test_founding_says_when_a_threshold_is_dangerous(unfounded: Ceremony) -> None:
    cards = [unfounded.card(code) for code in PROVINCES]
    for needed, sentence in (("2", "no more than half"), ("4", "one lost key")):
        said = certmesh("membership", "create", *cards, "--threshold", needed, "--dry-run")

        assert sentence in said.stdout


def test_founding_is_complete_when_all_have_signed(mesh: Ceremony) -> None:
    shown = json.loads(certmesh("membership", "show", mesh.document(1), "--json").stdout)

    assert shown["signed_by"] == list(PROVINCES)
    assert shown["signatures"] == [
        {"members_of_version": 1, "needed": 4, "signed_by": list(PROVINCES), "missing": 0, "could_sign": []}
    ]
    assert (shown["version"], shown["threshold"], shown["expired"]) == (1, 3, False)


def test_signing_says_for_both_versions_who_has_signed_and_what_is_missing(mesh: Ceremony) -> None:
    assert mesh.change(2, "add", mesh.card("350000"), "--threshold", "4").exit_code == 0
    first = mesh.sign(2, SHANGHAI).stdout
    mesh.sign(2, JIANGSU)
    third = mesh.sign(2, ZHEJIANG).stdout
    last = mesh.sign(2, "350000").stdout

    assert "signed by 310000 of version 1's members (1 of 3)\n  missing: 2 of 320000, 330000, 340000" in first
    assert "signed by 310000 of version 2's members (1 of 4)\n  missing: 3 of 320000, 330000, 340000, 350000" in first
    assert "of version 1's members (3 of 3)\n" in third
    assert "missing: 1 of 340000, 350000" in third
    assert "complete" not in third
    assert "complete" in last


def test_signatures_made_on_copies_are_put_together_and_a_bad_one_wipes_out_no_good_one(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    copies = []
    for code in PROVINCES[:3]:
        assert mesh.sign(2, code).exit_code == 0
        copies.append(mesh.root / f"{code}.json")
        alone = read_signed(mesh.document(2))
        copies[-1].write_bytes(alone.to_json())
        mesh.document(2).write_bytes(replace(alone, signatures={}).to_json())
    spoilt = read_signed(copies[0])
    bad = mesh.root / "bad.json"
    bad.write_bytes(replace(spoilt, signatures=dict.fromkeys(spoilt.signatures, bytes(64))).to_json())
    out = mesh.root / "whole.json"
    said = certmesh("membership", "combine", bad, *copies, "--out", out, "--current", mesh.document(1))
    other = certmesh("membership", "combine", mesh.document(1), out, "--out", mesh.root / "other.json")

    assert said.exit_code == 0, said.exception
    assert "complete" in said.stdout
    assert len(read_signed(out).signatures) == 3
    assert "2 different documents" in str(other.exception)


def test_a_later_version_is_signed_only_after_a_look_at_the_one_before(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    blind = certmesh("membership", "sign", mesh.document(2), *mesh.secret(SHANGHAI))

    assert isinstance(blind.exception, ConfigError)
    assert "give it with --current" in str(blind.exception)
    assert not read_signed(mesh.document(2)).signatures


def test_a_document_that_breaks_a_rule_is_not_signed(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    digest = read_signed(mesh.document(1)).fingerprint.encode()
    wrong = read_signed(mesh.document(2)).payload.replace(digest, b"ab" * 32)
    mesh.document(2).write_bytes(SignedMembership(payload=wrong, signatures={}).to_json())
    refused = mesh.sign(2, SHANGHAI)

    assert isinstance(refused.exception, MembershipError)
    assert refused.exception.reason == "FORKED"
    assert not read_signed(mesh.document(2)).signatures


def test_a_document_from_the_future_is_not_signed(mesh: Ceremony) -> None:
    """No version could follow it before its time."""
    mesh.change(2, "renew")
    payload = json.loads(read_signed(mesh.document(2)).payload)
    ahead = datetime.fromisoformat(payload["issued"]) + timedelta(minutes=10)
    payload["issued"] = ahead.isoformat()
    mesh.document(2).write_bytes(SignedMembership(payload=canonical.dumps(payload), signatures={}).to_json())
    refused = mesh.sign(2, SHANGHAI)

    assert isinstance(refused.exception, ConfigError)
    assert "lies ahead of this clock" in str(refused.exception)


def test_two_documents_of_one_version_are_not_signed_unless_told_so(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    mesh.sign(2, SHANGHAI)
    mesh.document(2).rename(mesh.root / "given-up.json")
    mesh.change(2, "threshold", "4")
    refused = mesh.sign(2, SHANGHAI)
    other, told = mesh.sign(2, JIANGSU), mesh.sign(2, SHANGHAI, "--again")

    assert isinstance(refused.exception, ConfigError)
    assert "another document of version 2 was signed here" in str(refused.exception)
    assert (other.exit_code, told.exit_code) == (0, 0)


def test_a_key_without_a_voice_does_not_sign(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    stranger = mesh.sign(2, "350000")

    assert isinstance(stranger.exception, ConfigError)
    assert "no voice there" in str(stranger.exception)


def test_the_fingerprint_is_the_same_in_digits_and_words_everywhere(mesh: Ceremony) -> None:
    digest = read_signed(mesh.document(1)).fingerprint
    for command in ("show", "fingerprint"):
        said = certmesh("membership", command, mesh.document(1)).stdout

        assert grouped(digest) in said
        assert spoken(digest) in said
    asked = json.loads(certmesh("membership", "fingerprint", mesh.document(1), "--json").stdout)
    assert asked == {"fingerprint": digest}
    assert len(words(digest).replace(" ", "")) == 16


def test_a_newcomers_card_is_compared_by_the_fingerprint_that_its_own_init_prints(mesh: Ceremony) -> None:
    who = ("--province", "360000", "--name", "江西省", "--endpoint", "127.0.0.1:7006")
    own = mesh.root / "360000"
    made = certmesh("init", *who, "--dir", own, "--passphrase-file", mesh.root / "phrase", "--json")
    digest, card = (json.loads(made.stdout)[name] for name in ("fingerprint", "card"))
    assert mesh.change(2, "add", card).exit_code == 0
    signer_sees = certmesh("membership", "diff", mesh.document(1), mesh.document(2)).stdout

    assert grouped(digest) in certmesh("membership", "fingerprint", card).stdout
    assert grouped(digest) in signer_sees
    assert words(digest) in signer_sees


def test_the_register_of_signed_documents_is_not_guessed_when_it_is_broken(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    path: Path = mesh.keys(SHANGHAI) / "signed-documents.json"
    for content in (b"", b"[]", b'{"1": 5}', b"[" * 100_000):
        path.write_bytes(content)
        refused = mesh.sign(2, SHANGHAI)

        assert isinstance(refused.exception, ConfigError)
        assert "signed-documents.json" in str(refused.exception)
