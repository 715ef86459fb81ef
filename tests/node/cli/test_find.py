"""`certmesh evidence find`: what it prints, how persons are asked for, how it ends. node.cli.evidence_find."""

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from node.base import load_base
from node.cli import app
from node.config import load
from node.storage.sqlite import open_sqlite
from node.usecases.record import person
from tests.node.cli.ceremony import Ceremony
from tests.node.storage.samples import sign
from tests.node.test_config import GOOD, write

CODE = "91320000DEMA00013N"
COMMON = {"v": 1, "node": "320000", "time": "2026-03-10T02:00:00.000+00:00"}


@pytest.fixture
def config(mesh: Ceremony) -> Path:
    """A node whose log holds an application of a holder, by an operator, and an incomplete search."""
    text = GOOD.replace('"keys"', '"320000/keys"').replace('"passphrase"', '"phrase"')
    path = write(mesh.root, text.replace('"membership.json"', '"chain/membership.1.json"'))
    vault = load_base(load(path)).vault
    asked: dict[str, Any] = {
        "type": "APPLY",
        "step": "asked",
        "exchange": "e0",
        "apply": "a0",
        "org": "UNIT-A",
        "holder": person(vault, "e0", "holder", vault.holder_digest("001", CODE)),
        "operator": person(vault, "e0", "operator", "yangli"),
    }
    found = {"type": "SEARCH", "step": "answered", "exchange": "e1", "apply": "a0", "verdict": "INCOMPLETE"}

    async def filled() -> None:
        store = await open_sqlite(mesh.root / "data" / "certmesh.db", sign_checkpoint=sign)
        for entry in (asked, found):
            await store.transact(lambda nouns, entry=entry: nouns.evidence.append(COMMON | entry))  # type: ignore[misc]
        await store.close()

    asyncio.run(filled())
    return path


def find(config: Path, *options: str, stdin: str = "") -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["evidence", "find", "--config", str(config), *options], input=stdin)


def indexes(result: Result) -> list[int]:
    """Which entries a JSON answer names."""
    return [one["index"] for one in json.loads(result.stdout)["entries"]]


def test_an_entry_is_shown_with_the_unit_of_its_application(config: Path) -> None:
    found = find(config, "--type", "search", "--in", "2026-03", "--json")

    answer = json.loads(found.stdout)["entries"][0]
    assert (answer["index"], answer["entry"]["verdict"], answer["about"]["org"]) == (1, "INCOMPLETE", "UNIT-A")


def test_people_read_lines_in_which_nothing_is_cut_off(config: Path) -> None:
    assert find(config, "--unit", "UNIT-A", "--type", "APPLY").stdout.splitlines() == [
        "0  2026-03-10T02:00:00.000+00:00  APPLY asked",
        "    用证单位 UNIT-A  交换编号 e0",
    ]


def test_csv_has_a_row_for_each_entry_and_one_of_names(config: Path) -> None:
    rows = list(csv.reader(io.StringIO(find(config, "--csv").stdout)))

    assert [row[0] for row in rows] == ["序号", "0", "1"]


@pytest.mark.parametrize(
    ("options", "stdin", "expected"),
    [
        pytest.param(("--holder", "001"), CODE, [0, 1], id="a holder"),
        pytest.param(("--holder", "001"), CODE.lower(), [0, 1], id="a holder's code as it was typed"),
        pytest.param(("--operator",), "yangli", [0, 1], id="an operator"),
    ],
)
def test_a_person_is_found_by_digests_alone(
    config: Path, options: tuple[str, ...], stdin: str, expected: list[int]
) -> None:
    found = find(config, *options, "--json", stdin=f"{stdin}\n")

    assert indexes(found) == expected
    assert stdin not in found.stdout


def test_answers_are_counted(config: Path) -> None:
    assert json.loads(find(config, "--count-by", "unit", "--json").stdout) == {"by": "unit", "counts": {"UNIT-A": 2}}


def test_no_answer_ends_with_1_and_more_than_asked_for_is_said(config: Path) -> None:
    nothing, more = find(config, "--peer", "999999"), find(config, "--limit", "1")

    assert (nothing.exit_code, nothing.stdout) == (1, "")
    assert more.exit_code == 0
    assert "more than 1 entries answer" in more.stderr


@pytest.mark.parametrize(
    ("options", "stdin", "sentence"),
    [
        pytest.param(("--in", "March"), "", "'March' is no year, month, day or ISO 8601 moment", id="no period"),
        pytest.param(("--in", "2026", "--from", "2026"), "", "either --in, or --from and --until", id="two periods"),
        pytest.param(("--count-by", "person"), "", "--count-by: one of unit", id="nothing to count by"),
        pytest.param(("--holder", "001", "--operator"), "", "either a holder or an operator", id="two persons"),
        pytest.param(("--holder", "111"), "1234\n", "holder code:", id="no holder's code"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(
    config: Path, options: tuple[str, ...], stdin: str, sentence: str
) -> None:
    result = find(config, *options, stdin=stdin)

    assert result.exit_code != 0
    assert sentence in str(result.exception)
