"""Who used my certificates, between real processes: in the app of the holder's home, at a counter, and on paper that stands alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from node.library.invented import MINING_TYPE, STORY_HOLDER
from node.rest import holder_uses
from scripts._mesh.counter import Counter
from scripts._mesh.mesh import Mesh, wait_for
from scripts._mesh.process import certmesh

pytestmark = pytest.mark.timeout(300)

CONSUMER, HOME, PROVIDER = "310000", "320000", "330000"
HOLDER = {"holderCode": STORY_HOLDER.code, "holderTypeCode": STORY_HOLDER.type_code}


def use(mesh: Mesh) -> str:
    """Shanghai's counter fetches the story's mining licence, which Zhejiang issued to somebody of Jiangsu; the exchange."""
    counter = Counter(CONSUMER, mesh.folder.config(CONSUMER))
    apply_id = counter.apply(STORY_HOLDER).data["applyId"]
    found = counter.search(apply_id, STORY_HOLDER).data["dataList"]
    identifier = next(one["certificateID"] for one in found if one["certificateTypeCode"] == MINING_TYPE)
    return str(counter.face(apply_id, identifier).data["exchangeId"])


def ask(mesh: Mesh, **more: Any) -> dict[str, Any]:
    app = Counter(HOME, mesh.folder.config(HOME), app="js-holder-app")
    return app.ask(holder_uses.PATH, HOLDER | {"place": "HOME", **more}).data


def received(mesh: Mesh) -> int:
    """How many notices the holder's home has."""
    return int(mesh.status(HOME)["notices"]["received"])


def test_a_holder_is_told_in_the_app_and_at_a_counter_and_the_receipt_stands_alone(mesh: Mesh, tmp_path: Path) -> None:
    before, exchange_id = received(mesh), use(mesh)
    wait_for("the holder's notice", lambda: received(mesh) > before)
    whole = ask(mesh)
    row = next(one for one in whole["dataList"] if one["exchangeId"] == exchange_id)
    receipt, signed = tmp_path / "receipt.json", tmp_path / "signed.png"
    signed.write_bytes(b"a scan of what the holder signed")
    said = certmesh(
        *("holder", "uses", "--config", mesh.folder.config("340000"), "--type-code", STORY_HOLDER.type_code),
        *("--operator", "clerk", "--signed", signed, "--receipt", receipt, "--json"),
        stdin=f"{STORY_HOLDER.code}\n",
    )
    proven = json.loads(certmesh("holder", "verify", receipt, "--membership", mesh.folder.membership, "--json"))
    logs = b"".join((mesh.folder.of(code) / "log.jsonl").read_bytes() for code in mesh.nodes)

    assert [(one["areaCode"], one["role"]) for one in row["saidBy"]] == [
        (CONSUMER, "CONSUMER"),
        (HOME, "HOME"),
        (PROVIDER, "PROVIDER"),
    ]
    assert (whole["verdict"], whole["findings"]) == ("COMPLETE", [])
    assert exchange_id in {one["exchange"] for one in json.loads(said)["uses"]}
    assert (proven["ok"], proven["verdict"]) == (True, "COMPLETE")
    assert exchange_id in {one["exchange"] for one in proven["uses"]}
    assert STORY_HOLDER.code.encode() not in logs + receipt.read_bytes()
