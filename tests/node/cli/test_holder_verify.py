"""`certmesh holder verify`: a receipt against the membership document alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.node.cli.ceremony import certmesh
from tests.node.usecases.holder_log.story import answering, ask, leaving_out, use
from tests.node.usecases.mesh import JIANGSU, Mesh, anchor
from trust.errors import EvidenceError


async def made(folder: Path, *, lying: bool = False) -> tuple[Path, Path, str]:
    """The receipt of an asking, the membership document, and the exchange of the use."""
    mesh = await Mesh(folder / "mesh").ready()
    exchange_id = await use(mesh)
    if lying:
        answering(mesh, JIANGSU, leaving_out(exchange_id))
    receipt, document = folder / "receipt.json", folder / "membership.json"
    receipt.write_bytes((await ask(mesh)).receipt.to_json())
    document.write_bytes(anchor().to_json())
    return receipt, document, exchange_id


async def test_a_receipt_shows_who_listed_what(tmp_path: Path) -> None:
    receipt, document, exchange_id = await made(tmp_path)
    said = certmesh("holder", "verify", receipt, "--membership", document)
    told = json.loads(certmesh("holder", "verify", receipt, "--membership", document, "--json").output)

    assert (said.exit_code, told["ok"], told["verdict"]) == (0, True, "COMPLETE")
    assert f"{exchange_id}：320000 用证" in said.output
    assert {(one["province"], one["role"]) for one in told["uses"]} == {
        ("310000", "HOME"),
        ("320000", "CONSUMER"),
        ("330000", "PROVIDER"),
    }


async def test_a_receipt_shows_who_left_something_out(tmp_path: Path) -> None:
    receipt, document, exchange_id = await made(tmp_path, lying=True)
    said = certmesh("holder", "verify", receipt, "--membership", document)

    assert said.exit_code == 0
    assert f"核对发现：320000 漏报使用 {exchange_id}" in said.output


async def exhibited(folder: Path) -> tuple[Path, Path, str]:
    """The exhibit of an omission, the membership document, and the exchange that was left out."""
    mesh = await Mesh(folder / "mesh").ready()
    exchange_id = await use(mesh)
    answering(mesh, JIANGSU, leaving_out(exchange_id))
    await ask(mesh)
    (kept,) = mesh.shanghai.store.read.holder_log.omissions(9)
    document = folder / "membership.json"
    document.write_bytes(anchor().to_json())
    return mesh.shanghai.exhibits.folder / kept.exhibit, document, exchange_id


async def test_the_exhibit_of_an_omission_stands_alone(tmp_path: Path) -> None:
    exhibit, document, exchange_id = await exhibited(tmp_path)
    said = certmesh("holder", "verify", exhibit, "--membership", document)

    assert said.exit_code == 0
    assert f"核验通过：320000 漏报使用 {exchange_id}" in said.output


def of_another_use(raw: dict[str, Any]) -> None:
    raw["use"] = "another"


def of_another_asking(raw: dict[str, Any]) -> None:
    raw["asked"] = "another"


def with_another_entry(raw: dict[str, Any]) -> None:
    raw["shown"]["entry"] = raw["shown"]["entry"].replace("DATA", "FILE")


def with_less_in_the_list(raw: dict[str, Any]) -> None:
    raw["listings"][0]["salt"] = "00" * 32


@pytest.mark.parametrize("change", [of_another_use, of_another_asking, with_another_entry, with_less_in_the_list])
async def test_a_changed_exhibit_proves_nothing(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    exhibit, document, _ = await exhibited(tmp_path)
    raw = json.loads(exhibit.read_text())
    change(raw)
    exhibit.write_text(json.dumps(raw))
    said = certmesh("holder", "verify", exhibit, "--membership", document)

    assert isinstance(said.exception, EvidenceError)
    assert "proves nothing" in str(said.exception)


async def test_a_changed_receipt_fails(tmp_path: Path) -> None:
    receipt, document, _ = await made(tmp_path)
    raw = json.loads(receipt.read_text())
    raw["listings"]["330000"][0]["uses"].pop()
    receipt.write_text(json.dumps(raw))
    said = certmesh("holder", "verify", receipt, "--membership", document)

    assert said.exit_code == 1
    assert "核验不通过" in said.output
