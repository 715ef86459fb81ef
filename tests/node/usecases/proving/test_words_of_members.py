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


@pytest.mark.parametrize(
    ("change", "check"),
    [pytest.param(purpose, Check.APPLICATION, id="a purpose"), pytest.param(report, Check.REPORT, id="a report")],
)
def test_half_a_character_fails_by_name_and_the_verdict_can_be_printed(kit: Kit, change: Change, check: Check) -> None:
    verdict = kit.verified(kit.sealed(change(kit, kit.parts)))

    assert verdict.problems[0].check is check
    assert json.dumps(told(verdict), ensure_ascii=False).encode()
    assert to_text(sheet_of(verdict)).encode()
