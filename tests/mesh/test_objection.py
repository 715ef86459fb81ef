"""An objection between real processes: it waits for an issuer's node that was killed; its answer comes back. P5."""

from typing import Any

import pytest

from node.admin.client import AdminClient
from node.admin.paths import OBJECTIONS_PATH
from node.cli.lists_client import post
from node.library.invented import MINING_TYPE, STORY_HOLDER
from node.rest.objection import RAISE_PATH, SHOW_PATH
from scripts._mesh.counter import Counter
from scripts._mesh.managers import REVIEWER, manager_token
from scripts._mesh.mesh import Mesh, wait_for

pytestmark = pytest.mark.timeout(300)

CONSUMER, ISSUER = "310000", "330000"


def found(counter: Counter, apply_id: str) -> dict[str, Any]:
    """The story's mining licence, as the counter finds it."""
    rows = counter.search(apply_id, STORY_HOLDER).data["dataList"]
    return next(one for one in rows if one["certificateTypeCode"] == MINING_TYPE)


def test_an_objection_waits_for_the_issuers_node_and_its_answer_comes_back(mesh: Mesh) -> None:
    counter = Counter(CONSUMER, mesh.folder.config(CONSUMER))
    apply_id = counter.apply(STORY_HOLDER).data["applyId"]
    before = found(counter, apply_id)
    mesh.nodes[ISSUER].kill()
    wrong = {
        "raisedBy": "USE_ORG",
        "certificateID": before["certificateID"],
        "fields": ["validityPeriodEnd"],
        "claim": "有效期与批准文件不符",
        "applyId": apply_id,
    }
    raised = counter.ask(RAISE_PATH, wrong, key="objection").data
    mesh.start([ISSUER])

    def shown() -> dict[str, Any]:
        (one,) = counter.ask(SHOW_PATH, {"objectionId": raised["objectionId"]}).data["dataList"]
        row: dict[str, Any] = one
        return row

    wait_for("the objection is delivered", lambda: bool(shown()["delivered"]))
    meanwhile, waiting = found(counter, apply_id), mesh.status(ISSUER)["objections"]["owner"]["open"]
    manager = AdminClient(mesh.url(ISSUER, "admin"), manager_token(ISSUER, REVIEWER))
    for step, more in (("take", {}), ("reject", {"reason": "经核对，登记与批准文件一致"})):
        post(manager, f"{OBJECTIONS_PATH}/{step}", {"id": raised["objectionId"], **more})
    wait_for("the answer comes back", lambda: shown()["state"] == "REJECTED")

    assert (before["disputed"], raised["delivered"], meanwhile["disputed"], waiting) == (False, False, True, 1)
    assert [one["stateZh"] for one in shown()["moves"]] == ["核查中", "异议不成立"]
    assert not found(counter, apply_id)["disputed"]
