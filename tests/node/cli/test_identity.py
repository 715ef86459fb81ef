"""`certmesh identity`: from request to installed certificate, revocation lists, what is shown, and what is refused."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from node import identity_folder, keys, membership_file
from node.cli import app
from node.errors import ConfigError
from tests.light import ROUNDS
from trust import gm
from trust.errors import IdentityError
from trust.identity import (
    Certificate,
    Level,
    ListState,
    Usage,
    issue,
    issue_ca,
    issue_from_request,
    read_crl,
    read_request,
)

PHRASE, NAME = "correct horse battery", "江苏省大数据局"
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
LEAVES = (Usage.SIGNING, Usage.ENCRYPTION)
OTHER_KEY = gm.PrivateKey.generate()
OTHER_CA = issue_ca(province="320000", name="另一家CA", key=OTHER_KEY, now=NOW - DAY)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("identity") / "keys"
    keys.create(folder, province="320000", name=NAME, passphrase=PHRASE.encode(), now=NOW, rounds=ROUNDS)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy to change, beside an identity card."""
    phrase = tmp_path / "phrase"
    phrase.write_text(PHRASE)
    phrase.chmod(0o600)
    copy = Path(shutil.copytree(made, tmp_path / "keys"))
    membership_file.write_card(
        tmp_path / "card.json",
        province="320000",
        name=NAME,
        endpoint="127.0.0.1:1",
        certificates=keys.load_certificates(copy),
    )
    return copy


def command(folder: Path, *arguments: str | Path, phrase: bool = True) -> Result:
    secret = ["--passphrase-file", str(folder.parent / "phrase")] if phrase else []
    return CliRunner().invoke(app, ["identity", *map(str, arguments), "--keys", str(folder), *secret])


def asked(folder: Path) -> Path:
    """The folder with both requests."""
    out = folder.parent / "out"
    out.mkdir()
    assert command(folder, "request", "--name", NAME, "--out", out).exit_code == 0
    return out


def by_other_ca(out: Path) -> list[Path]:
    """What another CA makes of the requests: its root and both certificates, as files."""
    (out / "root.crt").write_text(OTHER_CA.pem)
    for usage in LEAVES:
        request = read_request((out / f"{usage}.csr").read_bytes())
        issued = issue_from_request(ca=OTHER_CA, ca_key=OTHER_KEY, request=request, now=NOW - DAY)
        (out / f"{usage}.crt").write_bytes(issued.der)
    return [out / "root.crt", *(out / f"{usage}.crt" for usage in LEAVES)]


def shown(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command(folder, "show", "--json", phrase=False).stdout)
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_request_is_for_the_folders_keys_and_is_not_written_over(folder: Path) -> None:
    out = asked(folder)
    requests = {usage: read_request((out / f"{usage}.csr").read_bytes()) for usage in LEAVES}
    certificates = identity_folder.read_folder(folder).certificates

    for usage, one in requests.items():
        assert (one.usage, one.name, one.province) == (usage, NAME, "320000")
        assert one.public_key == certificates[usage].public_key
    again = command(folder, "request", "--name", NAME, "--out", out)
    assert isinstance(again.exception, ConfigError)
    assert "exists already" in str(again.exception)


def test_the_folders_ca_issues_from_a_request_and_the_certificate_is_installed(folder: Path) -> None:
    out, old = asked(folder), identity_folder.read_folder(folder).certificates[Usage.SIGNING]
    fresh = out / "fresh.crt"
    issued = command(folder, "issue", out / "signing.csr", "--out", fresh, "--valid-days", "20", "--json")
    installed = command(folder, "install", fresh, "--card", folder.parent / "card.json")
    now = identity_folder.read_folder(folder).certificates[Usage.SIGNING]

    assert json.loads(issued.stdout)["usage"] == "signing"
    assert installed.exit_code == 0
    assert now == Certificate.from_pem(fresh.read_bytes())
    assert now != old
    assert Certificate.from_pem((folder / f"signing.{old.fingerprint[:16]}.crt").read_bytes()) == old
    assert membership_file.read_card(folder.parent / "card.json").signing == now.pem
    assert keys.load_identity(folder, "320000", PHRASE.encode()).signing_certificate == now
    assert [(one["what"], one["level"]) for one in shown(folder)["warnings"]] == [("signing", "warning")]


def test_another_cas_certificates_replace_all_three_and_its_list_the_old_one(folder: Path) -> None:
    assert command(folder, "crl", "make").exit_code == 0
    result = command(folder, "install", *by_other_ca(asked(folder)), "--json")
    state = shown(folder)

    assert set(json.loads(result.stdout)) == {"ca", "signing", "encryption"}
    assert state["good"]
    assert state["certificates"]["ca"]["fingerprint"] == OTHER_CA.fingerprint
    assert state["list"] is None
    assert len(list(folder.glob("ca.????????????????.crl"))) == 1
    refused = command(folder, "issue", folder.parent / "out" / "signing.csr", "--out", folder.parent / "x.crt")
    assert isinstance(refused.exception, IdentityError)  # the key of the other CA is not here


def foreign(out: Path, usage: Usage, *, public_key: gm.PublicKey, province: str = "320000") -> Path:
    ca = OTHER_CA if province == "320000" else issue_ca(province=province, name="CA", key=OTHER_KEY, now=NOW - DAY)
    one = issue(
        ca=ca, ca_key=OTHER_KEY, province=province, name=NAME, usage=usage, public_key=public_key, now=NOW - DAY
    )
    path = out / f"{province}-{usage}.crt"
    path.write_text(one.pem)
    return path


def test_what_does_not_fit_is_not_installed_and_changes_nothing(folder: Path) -> None:
    out = asked(folder)
    root, signing, _ = by_other_ca(out)
    own = identity_folder.read_folder(folder).certificates
    before = contents(folder)
    cases = [
        ([signing], "issued by another CA"),
        ([root], "signing certificate: the leaf was issued by another CA"),
        ([root, signing], "encryption certificate: the leaf was issued by another CA"),
        ([signing, signing], "two certificates for signing"),
        ([foreign(out, Usage.SIGNING, public_key=OTHER_KEY.public)], "another key than signing.key"),
        ([foreign(out, Usage.SIGNING, public_key=own[Usage.ENCRYPTION].public_key)], "another key"),
        (
            [foreign(out, Usage.SIGNING, public_key=own[Usage.SIGNING].public_key, province="310000")],
            "another province than 320000",
        ),
        ([out / "signing.csr"], "found CERTIFICATE REQUEST"),
    ]
    for files, sentence in cases:
        result = command(folder, "install", *files)
        assert isinstance(result.exception, IdentityError), sentence
        assert sentence in str(result.exception)

    assert contents(folder) == before


def test_a_card_of_another_province_is_not_renewed(folder: Path) -> None:
    card = folder.parent / "card.json"
    card.write_text(card.read_text().replace('"320000"', '"310000"'))
    result = command(folder, "install", folder / "signing.crt", "--card", card)

    assert isinstance(result.exception, ConfigError)
    assert "card of 310000" in str(result.exception)


def test_a_revoked_certificate_is_shown_as_a_problem_and_the_next_list_keeps_it(folder: Path) -> None:
    first = command(folder, "crl", "make", "--json")
    assert (json.loads(first.stdout)["number"], shown(folder)["good"], shown(folder)["list_state"]) == (
        1,
        True,
        "fresh",
    )

    since = (NOW - timedelta(hours=1)).isoformat()
    arguments: list[str | Path] = ["--revoke", folder / "signing.crt", "--reason", "superseded", "--since", since]
    second = json.loads(command(folder, "crl", "make", *arguments, "--json").stdout)
    third = json.loads(command(folder, "crl", "make", "--valid-days", "30", "--json").stdout)
    state = command(folder, "show", phrase=False)

    serial = f"{identity_folder.read_folder(folder).certificates[Usage.SIGNING].serial:x}"
    assert second["revoked"] == third["revoked"] == [{"serial": serial, "at": since, "reason": "superseded"}]
    assert (second["number"], third["number"], third["due_in_seconds"] > 29 * 86400) == (2, 3, True)
    assert state.exit_code == 1
    assert "BAD signing: the certificate was revoked" in state.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--since", "yesterday"], "not a time", id="no time"),
        pytest.param(["--since", "2026-03-01T08:00:00"], "offset", id="a time without offset"),
        pytest.param(["--revoke", "missing.crt"], "cannot be read", id="no file"),
    ],
)
def test_a_list_is_not_made_from(folder: Path, arguments: list[str], sentence: str) -> None:
    result = command(folder, "crl", "make", *arguments)

    assert isinstance(result.exception, ConfigError)
    assert sentence in str(result.exception)
    assert not (folder / "ca.crl").exists()


def test_a_ca_revokes_nothing_of_another(folder: Path) -> None:
    (folder.parent / "other.crt").write_text(OTHER_CA.pem)
    result = command(folder, "crl", "make", "--revoke", folder.parent / "other.crt")

    assert "only certificates that it has issued" in str(result.exception)


def test_a_list_made_elsewhere_is_taken_and_never_goes_back(folder: Path) -> None:
    lists = []
    for number in (1, 2):
        assert command(folder, "crl", "make").exit_code == 0
        lists.append(folder.parent / f"{number}.crl")
        lists[-1].write_bytes((folder / "ca.crl").read_bytes())
    (folder / "ca.crl").unlink()

    for path in (lists[0], lists[1], lists[1]):
        assert command(folder, "crl", "install", path, phrase=False).exit_code == 0
    back = command(folder, "crl", "install", lists[0], phrase=False)
    assert isinstance(back.exception, IdentityError)
    assert "goes back" in str(back.exception)
    assert read_crl((folder / "ca.crl").read_bytes()).number == 2


def test_a_shown_list_is_good_only_under_its_ca_and_while_it_is_fresh(folder: Path) -> None:
    def show(path: Path, ca: Path) -> Result:
        return CliRunner().invoke(app, ["identity", "crl", "show", str(path), "--ca", str(ca), "--json"])

    command(folder, "crl", "make")
    (folder.parent / "other.crt").write_text(OTHER_CA.pem)
    identity_folder.renew_list(folder, (), passphrase=PHRASE.encode(), now=NOW - 9 * DAY, valid=DAY)
    stale = show(folder / "ca.crl", folder / "ca.crt")

    assert (stale.exit_code, json.loads(stale.stdout)["state"]) == (1, "stale")
    assert isinstance(show(folder / "ca.crl", folder.parent / "other.crt").exception, IdentityError)
    command(folder, "crl", "make")
    fresh = show(folder / "ca.crl", folder / "ca.crt")
    assert (fresh.exit_code, json.loads(fresh.stdout)["state"]) == (0, "fresh")


def test_what_doctor_shows_grows_with_time(made: Path) -> None:
    identity = identity_folder.read_folder(made)
    ends = identity.certificates[Usage.SIGNING].not_after
    far, near, after = (identity_folder.judge(identity, at) for at in (NOW, ends - 5 * DAY, ends + DAY))

    assert (far.problems, far.warnings, far.list_state) == ((), (), ListState.MISSING)
    assert {one.what: one.level for one in near.warnings} == dict.fromkeys(
        ("signing", "encryption", "tls"), Level.CRITICAL
    )
    assert [problem.split(":")[0] for problem in after.problems] == ["signing", "encryption", "tls"]


def test_people_read_the_same(folder: Path) -> None:
    command(folder, "crl", "make")
    result = command(folder, "show", phrase=False)

    assert result.exit_code == 0
    assert "identity of 320000" in result.stdout
    assert "revocation list 1 of" in result.stdout
    assert "good: the chain holds" in result.stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("ca.crt", b"x", id="a text for the CA"),
        pytest.param("tls.crt", b"x", id="a text for the channel"),
        pytest.param("ca.crl", b"x", id="a text for the list"),
    ],
)
def test_a_damaged_folder_is_named(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    result = command(folder, "show", phrase=False)

    assert isinstance(result.exception, ConfigError)
    assert str(folder) in str(result.exception)
