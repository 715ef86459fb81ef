"""scripts/mesh as a whole: real processes, real keys, real ports; its exit code and its JSON object."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from node.library.invented import LAND_TYPE, MINING_TYPE
from scripts._mesh.options import parse
from tests.mesh.conftest import RUN_TIMEOUT_S, Run, run_mesh
from trust.gm import sm3
from trust.ofd import Trust, Verdict, verify_document

pytestmark = pytest.mark.timeout(RUN_TIMEOUT_S + 20)

REAL_FILES = Path(__file__).resolve().parents[3] / "shared" / "data" / "ofd"
PROVINCES = ["310000", "320000", "330000", "340000"]
SHAPE = {
    "ok": bool,
    "nodes": [
        {
            "province": str,
            "catalogue_version": int,
            "uselist_version": int,
            "decisions_version": int,
            "evidence": {"size": int, "root": str, "verified": bool},
        }
    ],
    "search": {
        "verdict": str,
        "outcomes": [{"province": str, "outcome": str, "reason": str}],
        "items": [{"identifier": str, "province": str, "status": str}],
        "elapsed_ms": int,
    },
    "retrieved": [
        {
            "identifier": str,
            "province": str,
            "kind": str,
            "bytes": int,
            "sm3": str,
            "original_sm3": str,
            "verified": bool,
        }
    ],
    "notices": {"sent": int, "delivered": int, "dead": int},
}


def shape_of(value: Any) -> Any:
    """The value with types for values; a list is as its first item."""
    if isinstance(value, dict):
        return {key: shape_of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        assert all(shape_of(item) == shape_of(value[0]) for item in value)
        return [shape_of(value[0])]
    return type(value)


def outcomes(run: Run) -> dict[str, str]:
    return {one["province"]: one["outcome"] for one in run.result["search"]["outcomes"]}


def check_whole(run: Run) -> None:
    """What holds of every good run."""
    assert run.exit_code == 0, run.stderr
    result = run.result

    assert shape_of(result) == SHAPE
    assert result["ok"] is True
    assert [node["province"] for node in result["nodes"]] == PROVINCES
    for node in result["nodes"]:
        assert node["catalogue_version"] == node["uselist_version"] == 1
        assert node["decisions_version"] > 0
        assert node["evidence"]["verified"]
        assert node["evidence"]["size"] > 0
        assert len(node["evidence"]["root"]) == 64
    assert all(one["verified"] for one in result["retrieved"])
    files = [one for one in result["retrieved"] if one["kind"] == "FILE"]
    assert {one["identifier"] for one in result["search"]["items"]} == {one["identifier"] for one in files}
    assert not any(one["sm3"] == one["original_sm3"] for one in files), "files come as usage copies"
    originals = [one for one in result["retrieved"] if one["kind"] == "ORIGINAL"]
    assert [one["sm3"] == one["original_sm3"] for one in originals] == [True]
    assert any(one["kind"] == "DATA" for one in result["retrieved"])
    assert result["notices"]["dead"] == 0
    assert result["notices"]["sent"] == result["notices"]["delivered"] == len(result["retrieved"])


def test_the_default_run_holds_and_says_so_in_one_object(default_run: Run) -> None:
    check_whole(default_run)

    assert default_run.result["search"]["verdict"] == "COMPLETE"
    assert outcomes(default_run) == {"310000": "EMPTY", "320000": "EMPTY", "330000": "OK", "340000": "OK"}
    assert {"330000", "340000"} == {one["province"] for one in default_run.result["search"]["items"]}


def test_the_certificates_of_the_default_run_are_sealed_under_its_test_ca(default_run: Run) -> None:
    trust = Trust.from_bytes(anchors=[(default_run.folder / "seal-ca" / "seal-ca.crt").read_bytes()])
    files = {path: path.read_bytes() for path in default_run.folder.glob("*/source/files/*.ofd")}
    verdicts = {verify_document(data, trust=trust, at=datetime.now(UTC)).verdict for data in files.values()}

    assert verdicts == {Verdict.VALID}
    assert set(PROVINCES) == {path.parents[2].name for path in files}


def test_people_get_one_table_per_step_and_a_verdict_line(default_run: Run) -> None:
    for step in ("founding", "daemons", "publications", "library", "application", "search", "retrieval", "notices"):
        assert step in default_run.stderr
    assert default_run.stderr.rstrip().splitlines()[-1].startswith("GOOD: all ")


@pytest.fixture(scope="module")
def silent_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One peer of the line is stopped, another frozen: in one run, for a run takes most of a minute."""
    return run_mesh(tmp_path_factory.mktemp("silent") / "mesh", "--down", "340000", "--slow", "310000=5s")


def test_with_peers_silent_the_answer_is_incomplete_and_names_exactly_them(silent_run: Run) -> None:
    check_whole(silent_run)

    search = silent_run.result["search"]
    assert search["verdict"] == "INCOMPLETE"
    frozen, down = [one for one in search["outcomes"] if one["outcome"] in {"ERROR", "TIMEOUT"}]
    assert frozen == {"province": "310000", "outcome": "TIMEOUT", "reason": "PEER_TIMEOUT"}
    assert (down["province"], down["outcome"]) == ("340000", "ERROR")
    assert down["reason"] in {"PEER_UNREACHABLE", "PEER_DOWN"}, "by whether anything else had found that out before"
    assert [one["province"] for one in search["items"]] == ["330000"]


def test_with_a_slow_peer_the_answer_comes_at_the_deadline(silent_run: Run) -> None:
    assert 3000 <= silent_run.result["search"]["elapsed_ms"] < 4500


@pytest.mark.skipif(not REAL_FILES.is_dir(), reason=f"the real OFD files are not at {REAL_FILES}")
def test_real_certificates_are_found_and_fetched_byte_for_byte(tmp_path: Path) -> None:
    run = run_mesh(tmp_path / "mesh", "--library", str(REAL_FILES))

    check_whole(run)
    items = {one["province"]: one["identifier"] for one in run.result["search"]["items"]}
    assert {"330000", "340000"} == set(items)
    assert MINING_TYPE in items["330000"]
    assert LAND_TYPE in items["340000"]
    originals = {one["province"]: one["original_sm3"] for one in run.result["retrieved"] if one["kind"] == "FILE"}
    names = {"330000": "zz-caikuang-xukezheng.ofd", "340000": "zz-yongdi-yushen-xuanzhi-yijianshu.ofd"}
    assert {code: sm3((REAL_FILES / name).read_bytes()).hex() for code, name in names.items()} == originals
    imported = {path.stem for path in run.folder.glob("*/source/files/*.ofd")}
    tampered = {sm3((REAL_FILES / "seal-gmt0031-test-bad.ofd").read_bytes()).hex()}
    assert {sm3(path.read_bytes()).hex() for path in REAL_FILES.glob("*.ofd")} - tampered == imported


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--down", "320000"], "the one that asks", id="the asking province cannot be down"),
        pytest.param(["--down", "110000"], "none of", id="a province outside the mesh cannot be down"),
        pytest.param(["--slow", "330000"], "330000=5s", id="a slow peer needs its delay"),
        pytest.param(
            ["--slow", "330000=5s", "--down", "330000"], "cannot be slow", id="down and slow exclude each other"
        ),
        pytest.param(["--library", "/nowhere"], "not a folder", id="a library is a folder"),
    ],
)
def test_a_wrong_command_line_is_refused(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as refused:
        parse(arguments)

    assert refused.value.code == 2
    assert said in capsys.readouterr().err


def test_a_folder_with_files_of_others_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")

    run = run_mesh(tmp_path)

    assert run.exit_code == 1
    assert run.result["ok"] is False
    assert "choose another --dir" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
