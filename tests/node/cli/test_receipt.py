"""`certmesh receipt verify`: on a machine with the file and the membership document, and nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from federation.receipt import Receipt
from node.cli import app
from node.usecases.shown import ShownExchange
from tests.node.usecases.mesh import JIANGSU, ZHEJIANG, Mesh, anchor
from tests.node.usecases.receipts import edited, receipt_of, rewritten
from tests.node.usecases.search.test_search_receipt import claims, ok, timeout


@pytest.fixture
def membership(tmp_path: Path) -> Path:
    path = tmp_path / "membership.json"
    path.write_bytes(anchor().to_json())
    return path


@pytest.fixture
async def mesh(tmp_path: Path) -> Mesh:
    return await Mesh(tmp_path / "mesh").ready()


def verify(folder: Path, receipt: Receipt | bytes, *more: str) -> Result:
    file = folder / "receipt.json"
    file.write_bytes(receipt if isinstance(receipt, bytes) else receipt.to_json())
    arguments = ["receipt", "verify", str(file), "--membership", str(folder / "membership.json"), *more]
    return CliRunner().invoke(app, arguments)


async def test_a_complete_search_is_shown_to_be_one(mesh: Mesh, tmp_path: Path, membership: Path) -> None:
    done = verify(tmp_path, await receipt_of(mesh, await ok(mesh, ZHEJIANG)))

    assert done.exit_code == 0
    assert "核验通过" in done.stdout
    assert "COMPLETE" in done.stdout
    assert "310000 未询问，其理由仅由用证省声明" in done.stdout


async def test_as_json_it_names_every_province_and_the_verdict(mesh: Mesh, tmp_path: Path, membership: Path) -> None:
    done = verify(tmp_path, await receipt_of(mesh, await timeout(mesh, ZHEJIANG)), "--json")
    told = json.loads(done.stdout)
    words = {one["province"]: one["outcome"] for one in told["provinces"]}

    assert (done.exit_code, told["ok"], told["verdict"]) == (0, True, "INCOMPLETE")
    assert words[ZHEJIANG] == "TIMEOUT"


async def test_a_forged_empty_for_a_silent_province_is_named(mesh: Mesh, tmp_path: Path, membership: Path) -> None:
    receipt = await receipt_of(mesh, await timeout(mesh, ZHEJIANG))
    lie = await rewritten(mesh.jiangsu, receipt.answered, claims(ZHEJIANG, outcome="EMPTY"))
    done = verify(tmp_path, replace(receipt, answered=lie))

    assert done.exit_code == 1
    assert "核验不通过" in done.stdout


async def test_an_edited_file_proves_nothing(mesh: Mesh, tmp_path: Path, membership: Path) -> None:
    receipt = await receipt_of(mesh, await timeout(mesh, ZHEJIANG))
    forged = edited(receipt.answered, claims(ZHEJIANG, outcome="EMPTY"))
    done = verify(tmp_path, replace(receipt, answered=forged))

    assert done.exit_code == 1
    assert "proves nothing" in str(done.exception)


async def test_a_file_that_is_none_is_said_to_be_none(tmp_path: Path, membership: Path) -> None:
    done = verify(tmp_path, b"{}")

    assert done.exit_code != 0
    assert "not a receipt" in str(done.exception)


async def test_a_receipt_of_both_sides_is_known_by_itself_and_checked(
    mesh: Mesh, tmp_path: Path, membership: Path
) -> None:
    exchange_id = (await ok(mesh, ZHEJIANG)).exchange_id
    receipt = await ShownExchange(province=JIANGSU, store=mesh.jiangsu.store).receipt(exchange_id)
    done = verify(tmp_path, receipt.to_json())
    told = json.loads(verify(tmp_path, receipt.to_json(), "--json").stdout)
    lie = replace(receipt, proofs=tuple((code, replace(one, index=0)) for code, one in receipt.proofs))
    belied = verify(tmp_path, lie.to_json())

    assert (done.exit_code, told["ok"]) == (0, True)
    assert "双方均有存证" in done.stdout
    assert belied.exit_code == 1
    assert "核验不通过" in belied.stdout


async def test_both_kinds_say_on_which_documents_they_rest(mesh: Mesh, tmp_path: Path, membership: Path) -> None:
    answer = await ok(mesh, ZHEJIANG)
    both = await ShownExchange(province=JIANGSU, store=mesh.jiangsu.store).receipt(answer.exchange_id)
    compared = anchor().fingerprint.upper()
    for receipt in (both.to_json(), await receipt_of(mesh, answer)):
        alone, trusting = verify(tmp_path, receipt), verify(tmp_path, receipt, "--fingerprint", compared)
        told = json.loads(verify(tmp_path, receipt, "--fingerprint", compared, "--json").stdout)

        assert (alone.exit_code, trusting.exit_code) == (0, 0)
        assert anchor().fingerprint in alone.stdout
        assert "未与可信指纹比对" in alone.stdout
        assert "未与可信指纹比对" not in trusting.stdout
        assert (told["membership"], told["trusted"]) == ([anchor().fingerprint], anchor().fingerprint)


async def test_documents_of_which_none_has_the_fingerprint_are_not_believed(
    mesh: Mesh, tmp_path: Path, membership: Path
) -> None:
    receipt = await ShownExchange(province=JIANGSU, store=mesh.jiangsu.store).receipt(
        (await ok(mesh, ZHEJIANG)).exchange_id
    )
    done = verify(tmp_path, receipt.to_json(), "--fingerprint", "00" * 32)

    assert done.exit_code != 0
    assert "trusted fingerprint" in str(done.exception)
