"""`certmesh demo-certificates`: what it writes, and that it verifies by `certmesh ofd verify`."""

import csv
import json
from pathlib import Path

from typer.testing import CliRunner, Result

from node.cli import app
from node.errors import ConfigError
from node.library.manifest import Row, read_manifest


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def _made(folder: Path, province: str, *more: str | Path) -> dict[str, str | int]:
    result = _run("demo-certificates", "--province", province, "--per-type", "1", "--json", folder, *more)

    assert result.exit_code == 0, result.output
    shown: dict[str, str | int] = json.loads(result.stdout)
    return shown


def test_what_is_made_can_be_imported_and_verifies_under_its_own_ca(tmp_path: Path) -> None:
    shown = _made(tmp_path / "made", "330000")
    rows = list(read_manifest(tmp_path / "made"))
    files = sorted((tmp_path / "made" / "files").iterdir())

    assert shown == {
        "certificates": len(files),
        "manifest": str(tmp_path / "made" / "manifest.csv"),
        "seal_ca": str(tmp_path / "made" / "seal-ca" / "seal-ca.crt"),
    }
    assert all(isinstance(row, Row) for row in rows)
    assert len(rows) == len(files)
    assert _run("ofd", "verify", "--trust", str(shown["seal_ca"]), *files).exit_code == 0


def test_provinces_share_the_ca_of_a_folder(tmp_path: Path) -> None:
    ca = tmp_path / "ca"
    provinces = ("310000", "340000")
    anchors = {_made(tmp_path / code, code, "--seal-ca", ca)["seal_ca"] for code in provinces}
    files = [path for code in provinces for path in (tmp_path / code / "files").iterdir()]

    assert {str(ca / "seal-ca.crt")} == anchors
    assert _run("ofd", "verify", "--trust", ca / "seal-ca.crt", *files).exit_code == 0


def test_another_ca_is_no_anchor(tmp_path: Path) -> None:
    _made(tmp_path / "a", "310000")
    _made(tmp_path / "b", "310000")
    files = (tmp_path / "a" / "files").iterdir()

    assert _run("ofd", "verify", "--trust", tmp_path / "b" / "seal-ca" / "seal-ca.crt", *files).exit_code == 1


def test_people_are_told_what_was_made_and_whom_to_trust_for_it(tmp_path: Path) -> None:
    result = _run("demo-certificates", "--province", "320000", tmp_path / "made")
    with (tmp_path / "made" / "manifest.csv").open(encoding="utf-8-sig", newline="") as rows:
        count = len(list(csv.DictReader(rows)))

    assert result.stdout.splitlines() == [
        f"{count} certificates: {tmp_path / 'made' / 'manifest.csv'}",
        f"their seals' test CA: {tmp_path / 'made' / 'seal-ca' / 'seal-ca.crt'}",
    ]


def test_an_unknown_province_and_a_folder_in_use_are_refused(tmp_path: Path) -> None:
    unknown = _run("demo-certificates", "--province", "110000", tmp_path / "x")
    _made(tmp_path / "made", "320000")
    manifest = (tmp_path / "made" / "manifest.csv").read_bytes()
    again = _run("demo-certificates", "--province", "320000", tmp_path / "made")

    assert isinstance(unknown.exception, ConfigError)
    assert not (tmp_path / "x").exists()
    assert isinstance(again.exception, ConfigError)
    assert manifest == (tmp_path / "made" / "manifest.csv").read_bytes()
