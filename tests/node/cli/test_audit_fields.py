"""`certmesh evidence audit-fields`: what it says and how it ends. node.cli.evidence_audit; the rules are tested with `field_audit`."""

import asyncio
import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from node.cli import app
from node.storage.sqlite import open_sqlite
from node.usecases.retrieval.face_data import mask_digest
from tests.node.storage.samples import sign
from tests.node.test_config import GOOD, write

VERDICT = {
    "type": "VERIFY",
    "step": "answered",
    "exchange": "e1",
    "peer": "330000",
    "apply": "a1",
    "line": "L1",
    "line_version": 1,
    "result": "PASS",
    "allowed_fields": ["A"],
    "allowed_outputs": ["DATA"],
}


def run(folder: Path, *fields: str) -> Result:
    """Audit the log of a node that delivered these fields under a verdict on A."""
    config = write(folder, GOOD)
    (folder / "data").mkdir(exist_ok=True)
    delivery: dict[str, Any] = {
        "type": "RETRIEVE",
        "step": "answered",
        "exchange": "e2",
        "peer": "330000",
        "apply": "a1",
        "output": "DATA",
        "fields": list(fields),
        "mask": mask_digest(fields).hex(),
    }

    async def filled() -> None:
        store = await open_sqlite(folder / "data" / "certmesh.db", sign_checkpoint=sign)
        for entry in (VERDICT, delivery):
            await store.transact(lambda nouns, entry=entry: nouns.evidence.append(entry))  # type: ignore[misc]
        await store.close()

    asyncio.run(filled())
    return CliRunner().invoke(app, ["evidence", "audit-fields", "--config", str(config), "--json"])


def test_a_log_in_which_all_kept_to_it_is_good(tmp_path: Path) -> None:
    result = run(tmp_path, "A")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "ok": True,
        "deliveries": 1,
        "verdicts": 1,
        "verdicts_without_line": 1,
        "findings": [],
    }


def test_what_was_delivered_beyond_is_named_and_ends_with_1(tmp_path: Path) -> None:
    result = run(tmp_path, "A", "B")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["findings"] == [
        {"index": 1, "exchange": "e2", "what": "fields beyond the verdict", "fields": ["B"]}
    ]


def test_people_read_a_sentence(tmp_path: Path) -> None:
    run(tmp_path, "A", "B")
    config = tmp_path / "node.toml"
    said = CliRunner().invoke(app, ["evidence", "audit-fields", "--config", str(config)]).stdout

    assert "entry 1, exchange e2: fields beyond the verdict B" in said
    assert "BAD: 1 deliveries" in said
