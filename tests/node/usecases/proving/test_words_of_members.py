"""What members signed or found may say what nobody can write down: it fails by name, and the verdict can be printed. Clause 8.5."""

import json
from typing import Any

import pytest

from federation.proof_bundle import Check
from node.cli.verify import told
from node.paper import sheet_of, to_text
from tests.node.usecases.mesh import ZHEJIANG
from tests.node.usecases.proving.kit import Change, Kit, Parts, edited, made
from trust.commitment import commit

HALF = "\ud800"  # of a character, as JSON can name it


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return made(tmp_path_factory.mktemp("words"))


def changed(data: bytes, **changes: Any) -> bytes:
    return json.dumps(json.loads(data) | changes).encode()


def purpose(kit: Kit, parts: Parts) -> Parts:
    """With a purpose in the application, as both sides bound it."""
    document, salt = changed(parts["contents/application.json"], use_cause=HALF), bytes(32)
    binds = {"application": commit("application", salt, document)}
    parts = kit.reentered(parts, "APPLY", "asked", kit.mesh.jiangsu, binds=binds)
    _, members = kit.entry(parts, "VERIFY", "answered", ZHEJIANG)
    parts = kit.reentered(parts, "VERIFY", "answered", kit.mesh.zhejiang, binds=members["binds"] | binds)
    salts = json.loads(parts["contents/salts.json"]) | {"application": salt.hex()}
    return parts | {"contents/application.json": document, "contents/salts.json": edited(b"{}", **salts)}


def report(_: Kit, parts: Parts) -> Parts:
    return parts | {"report.json": changed(parts["report.json"], more=HALF)}


def test_a_report_on_the_copy_of_another_exchange_is_found(kit: Kit) -> None:
    data = kit.parts["report.json"]
    copy = json.loads(data)["copy"] | {"exchange_id": "another"}
    verdict = kit.verified(kit.sealed(kit.parts | {"report.json": changed(data, copy=copy)}))

    assert [one.check for one in verdict.problems] == [Check.REPORT]


def test_of_a_report_no_more_is_said_to_be_shown_than_is(kit: Kit) -> None:
    assert "报告其余内容没有条目印证" in kit.verified().finding(Check.REPORT).zh


@pytest.mark.parametrize(
    ("change", "check"),
    [pytest.param(purpose, Check.APPLICATION, id="a purpose"), pytest.param(report, Check.REPORT, id="a report")],
)
def test_half_a_character_fails_by_name_and_the_verdict_can_be_printed(kit: Kit, change: Change, check: Check) -> None:
    verdict = kit.verified(kit.sealed(change(kit, kit.parts)))

    assert verdict.problems[0].check is check
    assert json.dumps(told(verdict), ensure_ascii=False).encode()
    assert to_text(sheet_of(verdict)).encode()
