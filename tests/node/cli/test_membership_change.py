"""Ceremonies at the command line: every change of a mesh's membership, its dry run, and what is refused before anybody signs."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from node import keys, membership_file
from node.errors import ConfigError
from tests.federation.samples import PROVINCES
from tests.node.cli.ceremony import FUJIAN, PHRASE, Ceremony, certmesh
from trust.errors import TrustError
from trust.membership import KeyUsage, Membership, MemberStatus

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = PROVINCES


def newest(mesh: Ceremony) -> Membership:
    return membership_file.chain(mesh.chain)[-1].membership


def test_a_mesh_lives_through_every_ceremony(mesh: Ceremony) -> None:
    mesh.adopt(2, "add", mesh.card(FUJIAN))
    mesh.adopt(3, "endpoint", ANHUI, "192.0.2.7:7443", "[2001:db8::7]:7443")
    mesh.adopt(4, "threshold", "4", by=(*PROVINCES,))
    mesh.adopt(5, "recover", SHANGHAI, mesh.card("new"), by=(JIANGSU, ZHEJIANG, ANHUI, FUJIAN))
    mesh.adopt(6, "remove", ANHUI, "--threshold", "3", by=("new", JIANGSU, ZHEJIANG, FUJIAN))
    mesh.adopt(7, "renew", "--valid-days", "90", by=("new", JIANGSU, ZHEJIANG))
    now = newest(mesh)

    assert (now.version, now.threshold, now.provinces) == (7, 3, (SHANGHAI, JIANGSU, ZHEJIANG, FUJIAN))
    assert now.by_province[ANHUI].status is MemberStatus.REMOVED
    assert now.by_province[ANHUI].endpoints == ("192.0.2.7:7443", "[2001:db8::7]:7443")
    assert now.member(SHANGHAI).signing == keys.load_certificates(mesh.keys("new")).signing
    assert {key.reason for key in now.member(SHANGHAI).keys if not key.open} == {"lost"}
    told = mesh.log()
    assert [one["version"] for one in told["versions"]] == list(range(1, 8))
    assert [one["signatures"][0]["signed_by"] for one in told["versions"]][4] == [JIANGSU, ZHEJIANG, ANHUI, FUJIAN]
    assert told["not_sufficiently_signed"] == []


@pytest.mark.parametrize("usage", tuple(KeyUsage))
def test_a_key_is_rotated_in_three_steps_with_the_next_one_announced_ahead(mesh: Ceremony, usage: KeyUsage) -> None:
    folder = mesh.keys(SHANGHAI)
    made = certmesh("identity", "next", "--usage", usage, "--name", "上海市大数据中心", *mesh.secret(SHANGHAI))
    fresh = (folder / f"{usage}.next.crt").read_text()
    mesh.adopt(2, "rotate", SHANGHAI, "announce", folder / f"{usage}.next.crt", "--usage", usage)
    announced = newest(mesh).member(SHANGHAI).listed(usage)
    mesh.adopt(3, "rotate", SHANGHAI, "promote", "--usage", usage)
    put = certmesh("identity", "promote", "--usage", usage, *mesh.secret(SHANGHAI))
    promoted = newest(mesh).member(SHANGHAI).listed(usage)
    mesh.adopt(4, "rotate", SHANGHAI, "drop", "--usage", usage)
    gone = certmesh("identity", "forget", "--usage", usage, "--keys", folder)

    assert (made.exit_code, put.exit_code, gone.exit_code) == (0, 0, 0)
    assert announced[1] == promoted[0] == fresh
    assert promoted == announced[::-1]
    assert newest(mesh).member(SHANGHAI).listed(usage) == (fresh,)
    assert not list(folder.glob(f"{usage}.*.*"))
    identity = keys.load_identity(folder, SHANGHAI, PHRASE.encode())
    assert newest(mesh).member(SHANGHAI).signing_certificate == identity.signing_certificate


def test_a_compromised_key_is_replaced_at_once_by_the_others(mesh: Ceremony) -> None:
    certmesh("identity", "next", "--usage", "signing", "--name", "上海", *mesh.secret(SHANGHAI))
    fresh = mesh.keys(SHANGHAI) / "signing.next.crt"
    said = mesh.adopt(
        2, "rotate", SHANGHAI, "replace", fresh, "--usage", "signing", "--reason", "compromised", by=PROVINCES[1:]
    )

    assert "complete" in said
    assert newest(mesh).member(SHANGHAI).signing == fresh.read_text()
    assert [key.reason for key in newest(mesh).member(SHANGHAI).keys if key.usage == "signing"] == ["compromised", ""]


def test_another_ca_issues_the_next_certificate(mesh: Ceremony) -> None:
    out, crt = mesh.root / "next.csr", mesh.root / "next.crt"
    usage = ("--usage", "encryption")
    asked = certmesh("identity", "next", *usage, "--name", "上海", "--csr", out, *mesh.secret(SHANGHAI), "--json")
    issued = certmesh("identity", "issue", out, "--out", crt, *mesh.secret(SHANGHAI))
    taken = certmesh("identity", "next", *usage, "--certificate", crt, *mesh.secret(SHANGHAI), "--json")

    assert (asked.exit_code, issued.exit_code, taken.exit_code) == (0, 0, 0)
    assert json.loads(asked.stdout)["request"] == str(out)
    assert json.loads(taken.stdout)["certificate"] == str(mesh.keys(SHANGHAI) / "encryption.next.crt")
    mesh.adopt(2, "rotate", SHANGHAI, "announce", crt, *usage)
    assert len(newest(mesh).member(SHANGHAI).encryption_certificates) == 2


DRY: list[Any] = [
    pytest.param(lambda m: ("add", m.card(FUJIAN)), "350000 某省350000 joins the mesh", id="add"),
    pytest.param(lambda _: ("remove", ANHUI), "340000 某省340000 leaves the mesh", id="remove"),
    pytest.param(
        lambda _: ("endpoint", ANHUI, "a.example:1"),
        "340000 is reached at a.example:1 instead of 127.0.0.1:7001",
        id="endpoint",
    ),
    pytest.param(lambda _: ("threshold", "4"), "4 provinces must sign the next version instead of 3", id="threshold"),
    pytest.param(
        lambda _: ("witness-quorum", "2"),
        "2 other provinces must witness the head of a log instead of 0",
        id="witness-quorum",
    ),
    pytest.param(lambda _: ("renew", "--valid-days", "9"), "it expires ", id="renew"),
    pytest.param(
        lambda m: ("rotate", SHANGHAI, "announce", m.keys("new") / "tls.crt", "--usage", "tls"),
        "is announced",
        id="rotate",
    ),
    pytest.param(lambda m: ("recover", SHANGHAI, m.card("new")), "signing certificate", id="recover"),
]


@pytest.mark.parametrize(("command", "sentence"), DRY)
def test_a_dry_run_says_what_would_change_and_writes_nothing(
    mesh: Ceremony, command: Callable[[Ceremony], tuple[Any, ...]], sentence: str
) -> None:
    said = mesh.change(2, *command(mesh), "--dry-run")
    told = json.loads(mesh.change(2, *command(mesh), "--dry-run", "--json").stdout)

    assert said.exit_code == 0
    assert "would change:" in said.stdout
    assert sentence in said.stdout
    assert any(sentence in change["sentence"] for change in told["changes"])
    assert told["file"] is None
    assert told["needed"]["members_now"] == 3
    assert not mesh.document(2).exists()


REFUSED: list[Any] = [
    pytest.param(lambda m: ("add", m.card(SHANGHAI)), "is a member already", id="a member added"),
    pytest.param(lambda _: ("remove", FUJIAN), "350000 is not a member", id="a stranger removed"),
    pytest.param(lambda _: ("threshold", "5"), "threshold", id="a threshold above the members"),
    pytest.param(lambda _: ("witness-quorum", "4"), "witness quorum", id="more witnesses than other members"),
    pytest.param(lambda _: ("endpoint", ANHUI, "nowhere"), "host:port", id="an endpoint without a port"),
    pytest.param(
        lambda _: ("rotate", ANHUI, "promote", "--usage", "tls"), "announce one first", id="nothing to promote"
    ),
    pytest.param(lambda _: ("rotate", ANHUI, "drop", "--usage", "tls"), "replace it instead", id="nothing to drop"),
    pytest.param(
        lambda _: ("rotate", ANHUI, "announce", "--usage", "tls"), "take a certificate file", id="no certificate"
    ),
    pytest.param(
        lambda m: ("rotate", ANHUI, "announce", m.card(ANHUI), "--usage", "tls"), "not a channel", id="no channel's"
    ),
    pytest.param(
        lambda m: ("rotate", ANHUI, "announce", m.keys("new") / "signing.crt", "--usage", "signing"),
        "another CA",
        id="a certificate of another CA",
    ),
    pytest.param(
        lambda m: ("rotate", SHANGHAI, "announce", m.keys(SHANGHAI) / "signing.crt", "--usage", "signing"),
        "listed twice",
        id="the certificate in use announced",
    ),
    pytest.param(lambda m: ("recover", ANHUI, m.card("new")), "identity card of 310000", id="another's card"),
    pytest.param(
        lambda m: ("recover", SHANGHAI, m.card(SHANGHAI)), "one line in one", id="recovered with the lost keys"
    ),
]


@pytest.mark.parametrize(("command", "sentence"), REFUSED)
def test_what_succession_would_refuse_is_refused_before_anybody_signs(
    mesh: Ceremony, command: Callable[[Ceremony], tuple[Any, ...]], sentence: str
) -> None:
    refused = mesh.change(2, *command(mesh))

    assert isinstance(refused.exception, (ConfigError, TrustError)), refused.exception
    assert sentence in str(refused.exception)
    assert not mesh.document(2).exists()


def test_removing_below_the_threshold_needs_a_lower_one_with_it(mesh: Ceremony) -> None:
    mesh.adopt(2, "threshold", "4", by=PROVINCES)
    refused = mesh.change(3, "remove", ANHUI)
    together = mesh.change(3, "remove", ANHUI, "--threshold", "3")

    assert "lower the threshold with it" in str(refused.exception)
    assert together.exit_code == 0


def test_removing_below_the_witness_quorum_needs_a_lower_one_first(mesh: Ceremony) -> None:
    mesh.adopt(2, "witness-quorum", "3", by=PROVINCES)
    refused = mesh.change(3, "remove", ANHUI)
    lowered = mesh.change(3, "witness-quorum", "2")
    removed = mesh.change(3, "remove", ANHUI, "--onto", mesh.document(3))

    assert "lower the witness quorum first" in " ".join(str(refused.exception).split())
    assert (lowered.exit_code, removed.exit_code) == (0, 0)


def test_nothing_is_written_over(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    before = mesh.document(2).read_bytes()
    again = mesh.change(2, "threshold", "4")

    assert "exists already" in str(again.exception)
    assert mesh.document(2).read_bytes() == before


def test_several_changes_go_into_one_version(mesh: Ceremony) -> None:
    assert mesh.change(2, "add", mesh.card(FUJIAN)).exit_code == 0
    told: set[str] = set()
    for usage in KeyUsage:
        certmesh("identity", "next", "--usage", usage, "--name", "上海", *mesh.secret(SHANGHAI))
        step = ("rotate", SHANGHAI, "announce", mesh.keys(SHANGHAI) / f"{usage}.next.crt", "--usage", usage)
        done = certmesh("membership", *step, "--current", mesh.chain, "--onto", mesh.document(2), "--json")
        assert done.exit_code == 0, done.exception
        told = {change["what"] for change in json.loads(done.stdout)["changes"]}
    removed = certmesh("membership", "remove", ANHUI, "--current", mesh.chain, "--onto", mesh.document(2))
    assert removed.exit_code == 0, removed.exception
    for code in PROVINCES[:3]:
        assert mesh.sign(2, code).exit_code == 0
    late = certmesh("membership", "renew", "--current", mesh.chain, "--onto", mesh.document(2))
    now = newest(mesh)

    assert told >= {"added", "keys"}
    assert (now.version, now.provinces) == (2, (SHANGHAI, JIANGSU, ZHEJIANG, FUJIAN))
    assert [len(now.member(SHANGHAI).listed(usage)) for usage in KeyUsage] == [2, 2, 2]
    assert "is signed already" in str(late.exception)


def test_a_draft_of_another_version_is_not_changed_further(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    mesh.document(2).rename(mesh.root / "draft.json")
    mesh.adopt(2, "endpoint", ANHUI, "a.example:1")
    refused = certmesh("membership", "renew", "--current", mesh.chain, "--onto", mesh.root / "draft.json")

    assert isinstance(refused.exception, TrustError)


def test_a_draft_in_the_folder_is_not_the_current_version(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    mesh.sign(2, SHANGHAI)
    other = certmesh(
        "membership", "threshold", "4", "--current", mesh.chain, "--out", mesh.root / "other.json", "--json"
    )

    assert json.loads(other.stdout)["version"] == 2


def test_an_unsigned_document_is_not_changed(mesh: Ceremony) -> None:
    mesh.change(2, "renew")
    refused = certmesh("membership", "renew", "--current", mesh.document(2), "--out", mesh.document(3))

    assert isinstance(refused.exception, ConfigError)
    assert "signed by 0 of the 3" in str(refused.exception)


def test_diff_says_what_changes_and_whether_it_may_follow(mesh: Ceremony) -> None:
    mesh.change(2, "endpoint", ANHUI, "a.example:1")
    draft = certmesh("membership", "diff", mesh.document(1), mesh.document(2))
    for code in PROVINCES[:3]:
        mesh.sign(2, code)
    done = certmesh("membership", "diff", mesh.document(1), mesh.document(2), "--json")
    back = certmesh("membership", "diff", mesh.document(2), mesh.document(1), "--json")

    assert (draft.exit_code, done.exit_code, back.exit_code) == (1, 0, 1)
    assert "340000 is reached at a.example:1" in draft.stdout
    assert json.loads(done.stdout)["complete"] is True
    assert json.loads(back.stdout)["refused"]["reason"] == "ROLLED_BACK"
