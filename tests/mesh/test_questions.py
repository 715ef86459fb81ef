"""Auditors' questions: every command of `certmesh evidence questions` answers, on a real node after a real use."""

import json
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from node.cli import app
from node.cli.evidence_questions import QUESTIONS, AuditQuestion
from node.library.invented import STORY_HOLDER
from node.rest import use
from node.usecases.inquiry.period import BEIJING
from scripts._mesh.counter import Counter
from scripts._mesh.mesh import Mesh

pytestmark = pytest.mark.timeout(300)

CONSUMER, PEER = "320000", "330000"
NOTHING_THERE = frozenset({"--result TIMEOUT", "--consent", "--type ERASE", "--result INCOMPLETE"})
"""Questions whose true answer, on a mesh without troubles, is that there is nothing: exit code 1."""


@pytest.fixture(scope="module")
def facts(mesh: Mesh, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A use, and the words that an auditor fills in about it."""
    counter = Counter(CONSUMER, mesh.folder.config(CONSUMER))
    application = counter.application(STORY_HOLDER)
    (row,) = counter.ask(use.PATH, {**application, "retrieve": ["FILE"]}).data["dataList"]
    counter.ask(use.PATH, {**application, "useListId": f"{CONSUMER}-NONE"})  # refused, for who asks about that
    found: list[dict[str, Any]] = row["search"]["dataList"]
    retrieved: list[dict[str, Any]] = [one for one in row["retrieved"] if one["refusal"] is None]
    return {
        "certificate": found[retrieved[0]["item"]]["certificateID"],
        "exchange": retrieved[0]["exchangeId"],
        "unit": "11320700DEMA00216P",
        "item": application["itemCode"],
        "line": application["useListId"],
        "peer": PEER,
        "consent": "none",
        "holder_type": STORY_HOLDER.type_code,
        "month": datetime.now(BEIJING).strftime("%Y-%m"),
        "folder": str(tmp_path_factory.mktemp("answers")),
        "holder": STORY_HOLDER.code,
        "operator": application["operator"]["account"],
    }


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.en)
def test_the_command_answers(mesh: Mesh, facts: dict[str, str], question: AuditQuestion) -> None:
    command = shlex.split(question.command.format(**facts))
    asked = f"{facts[question.asks_for]}\n" if question.asks_for else ""
    result = CliRunner().invoke(app, [*command, "-c", str(mesh.folder.config(CONSUMER))], input=asked)
    nothing = any(words in question.command for words in NOTHING_THERE)

    assert result.exit_code == (1 if nothing else 0), f"{result.output} {result.exception}"
    assert nothing or result.stdout
    assert not asked or asked.strip() not in result.stdout


def test_the_list_has_twenty_questions_and_more_each_once() -> None:
    told = json.loads(CliRunner().invoke(app, ["evidence", "questions", "--json"]).stdout)

    assert len(told) >= 20
    assert len({one["command"] for one in told}) == len({one["zh"] for one in told}) == len(told)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_both_readmes_lead_to_the_list(readme: str) -> None:
    text = (Path(__file__).parents[2] / readme).read_text(encoding="utf-8")

    assert "certmesh evidence questions" in text
