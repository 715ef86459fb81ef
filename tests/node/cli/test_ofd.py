"""`certmesh ofd`: what it prints, for people and machines, and its exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from node.cli import app
from node.errors import ConfigError
from tests.trust.ofd.signatures.makers import SIGNATURE, SIGNED_AT, VALUE, crl, pem, pki, plain, sealed
from trust.ofd.signatures import write_package

KEYS = ["file", "verdict", "signatures", "second_opinion"]
SIGNATURE_KEYS = ["id", "kind", "verdict", "mathematics", "reasons", "uncovered"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    entries = sealed()
    files = {
        "sealed.ofd": write_package(entries),
        "plain.ofd": write_package(plain()),
        "tampered.ofd": write_package({**entries, "Doc_0/PublicRes.xml": b"<x/>"}),
        "raw.ofd": write_package({**entries, VALUE: pki().signer_key.sign_der(entries[SIGNATURE])}),
        "broken.ofd": b"not a zip",
        "ca.pem": pem(pki().ca),
        "signer.pem": pem(pki().signer),
        "ca.crl": crl(pki(), {pki().signer: (SIGNED_AT, None)}),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def _run(folder: Path, *arguments: str) -> Result:
    names = {path.name for path in folder.iterdir()}
    return CliRunner().invoke(app, ["ofd", *(str(folder / one) if one in names else one for one in arguments)])


def _objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_json_object_per_file_on_one_line_each(folder: Path) -> None:
    result = _run(folder, "verify", "--json", "sealed.ofd", "plain.ofd", "tampered.ofd", "broken.ofd")
    shown = _objects(result)

    assert [list(one) for one in shown] == [KEYS] * 4
    assert [one["verdict"] for one in shown] == ["VALID_UNTRUSTED", "UNSIGNED", "TAMPERED", "UNSUPPORTED"]
    assert [list(one) for one in shown[0]["signatures"]] == [SIGNATURE_KEYS]
    assert shown[0]["file"] == str(folder / "sealed.ofd")
    assert [one["mathematics"] for file in shown for one in file["signatures"]] == ["valid", "invalid"]
    assert "not a zip file" in result.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "verdict", "code"),
    [
        pytest.param(["sealed.ofd"], "VALID_UNTRUSTED", 0, id="right, and nobody asked for trust"),
        pytest.param(["sealed.ofd", "--trust", "ca.pem"], "VALID", 0, id="trusted"),
        pytest.param(["sealed.ofd", "--trust", "signer.pem"], "VALID_UNTRUSTED", 1, id="not in the trust list"),
        pytest.param(["sealed.ofd", "--trust", "ca.pem", "--crl", "ca.crl"], "EXPIRED_AT_SIGNING", 1, id="revoked"),
        pytest.param(
            ["sealed.ofd", "--trust", "ca.pem", "--at", "2024-03-01T00:00:00Z"], "EXPIRED_AT_SIGNING", 1, id="too early"
        ),
        pytest.param(["raw.ofd"], "UNSUPPORTED", 1, id="no certificate"),
        pytest.param(["raw.ofd", "--certificate", "signer.pem"], "VALID_UNTRUSTED", 0, id="a certificate from outside"),
        pytest.param(["plain.ofd"], "UNSIGNED", 1, id="unsigned"),
        pytest.param(["tampered.ofd", "--trust", "ca.pem"], "TAMPERED", 1, id="tampered"),
    ],
)
def test_the_verdict_and_the_exit_code(folder: Path, arguments: list[str], verdict: str, code: int) -> None:
    result = _run(folder, "verify", "--json", *arguments)

    assert (verdict, code) == (_objects(result)[0]["verdict"], result.exit_code)


def test_people_read_the_reasons_in_both_languages(folder: Path) -> None:
    result = _run(folder, "verify", "tampered.ofd")

    assert result.stdout.startswith("TAMPERED ")
    assert "引用文件摘要不符：/Doc_0/PublicRes.xml / a referenced file does not match" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["verify", "nowhere.ofd"], id="no such file"),
        pytest.param(["verify", "sealed.ofd", "--trust", "broken.ofd"], id="a broken trust list"),
        pytest.param(["verify", "sealed.ofd", "--at", "yesterday"], id="no such moment"),
    ],
)
def test_wrong_usage_is_a_configuration_error(folder: Path, arguments: list[str]) -> None:
    assert isinstance(_run(folder, *arguments).exception, ConfigError)


def test_info_shows_what_a_file_holds(folder: Path) -> None:
    shown = json.loads(_run(folder, "info", "--json", "sealed.ofd").stdout)

    assert shown["documents"] == ["Doc_0/Document.xml"]
    assert shown["signatures"] == ["1"]
    assert SIGNATURE in shown["entries"]
    assert "Doc_0/Document.xml" in _run(folder, "info", "plain.ofd").stdout
