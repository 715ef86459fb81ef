"""Real nodes: one call for the counter with its receipt checked offline, and a province that falls silent and comes back. Clause 8.2."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from node import membership_file
from node.library.invented import STORY_HOLDER
from node.rest import proof, receipt, use
from scripts._mesh.counter import Answer, Counter
from scripts._mesh.mesh import Mesh, wait_for
from scripts._mesh.process import certmesh

pytestmark = pytest.mark.timeout(300)

CONSUMER, SILENT = "310000", "330000"


def outcomes(data: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["areaCode"]: (one["outcome"], one["reason"]) for one in data["outcomes"]}


def used(counter: Counter, key: str = "", **more: Any) -> dict[str, Any]:
    """The row of the one holder."""
    answer = counter.ask(use.PATH, {**counter.application(STORY_HOLDER), **more}, key=key)
    (row,) = answer.data["dataList"]
    one: dict[str, Any] = row
    return one


def receipt_file(counter: Counter, exchange: str, folder: Path) -> Path:
    """The receipt of a search, as a clerk keeps it."""
    kept = counter.ask(receipt.PATH, {"exchangeId": exchange}).data["receipt"]
    file = folder / f"{exchange}.json"
    file.write_text(json.dumps(kept))
    return file


def verified(mesh: Mesh, file: Path) -> dict[str, Any]:
    """What it proves on a machine that has nothing but it and the membership document."""
    told: dict[str, Any] = json.loads(
        certmesh("receipt", "verify", file, "--membership", mesh.folder.membership, "--json")
    )
    return told


def test_one_call_brings_certificates_files_and_a_receipt_that_holds(mesh: Mesh, tmp_path: Path) -> None:
    counter = Counter(CONSUMER, mesh.folder.config(CONSUMER))
    first = used(counter, key="one-case", retrieve=["FILE", "DATA"])
    again = used(counter, key="one-case", retrieve=["FILE", "DATA"])
    report = verified(mesh, receipt_file(counter, first["search"]["exchangeId"], tmp_path))

    assert first["search"]["total"] > 0
    assert {one["output"] for one in first["retrieved"]} == {"FILE", "DATA"}
    assert [one["refusal"] for one in first["retrieved"]] == [None] * len(first["retrieved"])
    assert first["applyId"] == again["applyId"]
    assert [one["exchangeId"] for one in first["retrieved"]] == [one["exchangeId"] for one in again["retrieved"]]
    assert (report["ok"], report["verdict"]) == (True, "COMPLETE")


def proven(mesh: Mesh, file: Path) -> dict[str, Any]:
    """What a proof of a use shows on a machine that has nothing but it and a fingerprint."""
    signed = membership_file.read_signed(mesh.folder.membership)
    told: dict[str, Any] = json.loads(certmesh("verify", file, "--fingerprint", signed.fingerprint, "--json"))
    return told


def test_every_use_of_a_case_is_proven_by_one_file(mesh: Mesh, tmp_path: Path) -> None:
    config = mesh.folder.config(CONSUMER)
    counter = Counter(CONSUMER, config)
    retrieved = used(counter, key="proven-case", retrieve=["FILE", "DATA"])["retrieved"]
    file, data = (next(one["exchangeId"] for one in retrieved if one["output"] == word) for word in ("FILE", "DATA"))
    made, asked = tmp_path / "file.zip", tmp_path / "data.zip"
    certmesh("proof", "make", file, "--config", config, "--out", made)
    asked.write_bytes(base64.b64decode(counter.ask(proof.PATH, {"exchangeId": data}).data["content"]))
    verdicts = [proven(mesh, made), proven(mesh, asked)]

    assert all(one["ok"] and one["second_opinion"]["agrees"] for one in verdicts)
    assert [one["use"]["output"] for one in verdicts] == ["FILE", "DATA"]


def test_a_silent_province_costs_the_deadline_once_and_comes_back_by_itself(mesh: Mesh, tmp_path: Path) -> None:
    counter = Counter(CONSUMER, mesh.folder.config(CONSUMER))
    apply_id = counter.apply(STORY_HOLDER).data["applyId"]

    def searched() -> Answer:
        return counter.search(apply_id, STORY_HOLDER)

    mesh.nodes[SILENT].freeze()
    try:
        first = searched().data
        report = verified(mesh, receipt_file(counter, first["exchangeId"], tmp_path))
        later = [searched().data for _ in range(3)]
    finally:
        mesh.nodes[SILENT].thaw()

    assert outcomes(first)[SILENT][0] in {"TIMEOUT", "ERROR"}
    assert [outcomes(one)[SILENT] for one in later] == [("ERROR", "PEER_DOWN")] * 3
    assert {one["verdict"] for one in (first, *later)} == {"INCOMPLETE"}
    assert (report["ok"], report["verdict"]) == (True, "INCOMPLETE")
    assert max(one["elapsedMs"] for one in later) < first["elapsedMs"]

    wait_for("the province answers again", lambda: outcomes(searched().data)[SILENT][0] == "OK")
