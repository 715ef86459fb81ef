"""Four real nodes compare their logs on command: what the counter did stands in both parties' logs, and the command says so. Clause 8.5."""

import json

import pytest

from node.library.invented import MINING_TYPE, STORY_HOLDER
from scripts._mesh.counter import Counter
from scripts._mesh.mesh import Mesh, wait_for
from scripts._mesh.process import certmesh

pytestmark = pytest.mark.timeout(300)

CONSUMER, PROVIDER = "310000", "330000"


def used(mesh: Mesh) -> str:
    """One use of a Zhejiang certificate at a counter in Shanghai; the exchange of the retrieval."""
    counter = Counter(CONSUMER, mesh.folder.config(CONSUMER))
    apply_id = counter.apply(STORY_HOLDER).data["applyId"]
    found = counter.search(apply_id, STORY_HOLDER).data["dataList"]
    identifier = next(one["certificateID"] for one in found if one["certificateTypeCode"] == MINING_TYPE)
    return str(counter.file(apply_id, identifier).headers["X-Certmesh-Exchange"])


def settled(mesh: Mesh) -> bool:
    """Whether no notice is on its way."""
    return all(not mesh.status(code)["notices"]["pending"] for code in mesh.nodes)


def test_after_a_use_every_pair_agrees_and_the_own_log_is_whole(mesh: Mesh) -> None:
    used(mesh)
    wait_for("the notices arrive", lambda: settled(mesh))
    config = mesh.folder.config(CONSUMER)
    told = json.loads(certmesh("evidence", "reconcile", "--config", config, "--grace", "0s", "--own", "--json"))

    assert told["own_log"]["good"]
    rounds = {one["province"]: one for one in told["rounds"]}
    assert {one["result"] for one in rounds.values()} == {"AGREED"}
    assert rounds[PROVIDER]["count"] >= 3  # the application with the search, the retrieval, and what notices there were
    assert json.loads(certmesh("evidence", "missing", "--config", config, "--json")) == {"missing": []}
    state = mesh.status(CONSUMER)["reconciliation"]
    assert state["own_log"]["good"]
    assert {one["province"]: one["result"] for one in state["peers"]} == dict.fromkeys(rounds, "AGREED")
