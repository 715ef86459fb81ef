"""`certmesh verify`: on a machine with the file and a fingerprint, and nothing else. Clause 8.5."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from federation.proof_bundle import Check
from node.cli import app
from node.paper.words import CHECKS
from tests.node.usecases.proving.kit import Kit, made
from trust.membership import grouped


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return made(tmp_path_factory.mktemp("verify"))


def verify(folder: Path, data: bytes, fingerprint: str, *more: str) -> Result:
    path = folder / "proof.zip"
    path.write_bytes(data)
    return CliRunner().invoke(app, ["verify", str(path), "--fingerprint", fingerprint, *more])


def test_a_proof_is_believed_and_its_facts_are_told(kit: Kit, tmp_path: Path) -> None:
    done = verify(tmp_path, kit.zip, grouped(kit.trusted))

    assert done.exit_code == 0, done.output
    for words in ("核验通过", "江苏样例大厅", "样例用途", "两套密码库"):
        assert words in done.stdout


def test_as_json_it_names_every_check(kit: Kit, tmp_path: Path) -> None:
    told = json.loads(verify(tmp_path, kit.zip, kit.trusted, "--json", "--no-second-opinion").stdout)

    assert told["ok"]
    assert [one["check"] for one in told["findings"]] == [one.value for one in Check]
    assert told["second_opinion"]["asked"] is False


def test_one_that_was_changed_exits_with_1_and_names_the_part(kit: Kit, tmp_path: Path) -> None:
    at = kit.zip.index(kit.parts["report.json"])
    data = kit.zip[:at] + b"[" + kit.zip[at + 1 :]
    done = verify(tmp_path, data, kit.trusted, "--no-second-opinion")

    assert done.exit_code == 1
    assert "report.json" in done.stdout
    assert "核验不通过" in done.stdout


def test_a_fingerprint_that_is_none_is_wrong_usage(kit: Kit, tmp_path: Path) -> None:
    assert verify(tmp_path, kit.zip, "abc").exit_code != 0


def test_every_check_has_its_word() -> None:
    assert set(CHECKS) == set(Check)
