"""Real nodes: one call for the counter with its receipt checked offline, and a province that falls silent and comes back. Clause 8.2."""

import json
from pathlib import Path
from typing import Any

import pytest

from node.library.invented import STORY_HOLDER
from node.rest import receipt, use
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
