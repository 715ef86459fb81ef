"""A node that dies in the middle loses nothing: its log verifies, and what it had not announced yet arrives. DESIGN §2.1, §6.5."""

import pytest

from node.library.invented import MINING_TYPE, STORY_HOLDER
from scripts._mesh.counter import Counter
from scripts._mesh.mesh import Mesh, wait_for

pytestmark = pytest.mark.timeout(300)

CONSUMER, HOME, PROVIDER = "310000", "320000", "330000"
NAMED = "X-Certmesh-Exchange"


def pending(mesh: Mesh, province: str) -> dict[str, int]:
    """The notices that wait in a province's outbox, by addressee."""
    queues = mesh.status(province)["notices"]["queues"]
    return {one["province"]: one["count"] for one in queues if one["state"] == "PENDING" and one["count"]}


def test_killed_nodes_keep_their_log_and_deliver_their_notices_after_a_restart(mesh: Mesh) -> None:
    """Shanghai uses a Zhejiang certificate of a Jiangsu company while Jiangsu is down; then Zhejiang and Shanghai die."""
    counter = Counter(CONSUMER, mesh.folder.config(CONSUMER))
    apply_id = counter.apply(STORY_HOLDER).data["applyId"]
    found = counter.search(apply_id, STORY_HOLDER).data["dataList"]
    identifier = next(one["certificateID"] for one in found if one["certificateTypeCode"] == MINING_TYPE)

    before = mesh.uses(HOME, STORY_HOLDER)
    assert mesh.stop([HOME]) == {HOME: 0}
    answer = counter.file(apply_id, identifier)
    exchange = answer.headers[NAMED]
    assert pending(mesh, PROVIDER) == {HOME: 1}

    mesh.nodes[PROVIDER].kill()
    mesh.nodes[CONSUMER].kill()
    for killed in (PROVIDER, CONSUMER):
        assert mesh.verify(killed)["ok"]
        assert mesh.entries(killed, exchange) != []

    mesh.start([PROVIDER, CONSUMER, HOME])
    wait_for("the notice arrives", lambda: pending(mesh, PROVIDER) == {})
    told = [one["data"] for one in mesh.uses(HOME, STORY_HOLDER) if one not in before]
    assert [(exchange, PROVIDER)] == [(one["exchange_id"], one["provider"]) for one in told]
    assert all(mesh.verify(code)["ok"] for code in mesh.nodes)


def test_a_repeated_request_after_the_restart_is_the_same_use(mesh: Mesh) -> None:
    """The provider is killed after it answered; the consumer asks again under the same key and gets the same exchange."""
    counter = Counter(CONSUMER, mesh.folder.config(CONSUMER))
    apply_id = counter.apply(STORY_HOLDER).data["applyId"]
    found = counter.search(apply_id, STORY_HOLDER).data["dataList"]
    identifier = next(one["certificateID"] for one in found if one["certificateTypeCode"] == MINING_TYPE)
    first = counter.file(apply_id, identifier, key="one-wish")

    mesh.nodes[PROVIDER].kill()
    mesh.start([PROVIDER])
    wait_for(
        "the provider is reached again", lambda: NAMED in counter.file(apply_id, identifier, key="one-wish").headers
    )
    again = counter.file(apply_id, identifier, key="one-wish")

    assert first.body == again.body
    assert first.headers[NAMED] == again.headers[NAMED]
    told = [one["data"]["exchange_id"] for one in mesh.uses(HOME, STORY_HOLDER)]
    assert told.count(first.headers[NAMED]) == 1
