"""Completeness receipts: who was left out is claimed, by lists that are shown to be published, and no more is said. DESIGN §6.3."""

from dataclasses import replace
from typing import Any

import pytest

from node.library.invented import MINING_TYPE
from node.ports.lists import Kind
from tests.node.usecases.mesh import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, line
from tests.node.usecases.receipts import checked, entry_of, receipt_of, rewritten
from tests.node.usecases.search.test_search_receipt import claims, problem

NOT_OFFERED = {"code": 206, "reason": "TYPE_NOT_OFFERED"}


async def mining(mesh: Mesh) -> Any:
    """The receipt of a search for a type that Anhui's catalogue does not have."""
    apply_id = (await mesh.jiangsu.submit(type_codes=(MINING_TYPE,))).application.apply_id
    return await receipt_of(mesh, await mesh.jiangsu.find(apply_id))


def grounds(mesh: Mesh, receipt: Any) -> dict[str, str]:
    return {one.province: one.ground for one in checked(mesh, receipt).findings}


async def test_the_entry_names_the_lists_by_which_a_province_was_left_out_and_the_file_shows_their_heads(
    mesh: Mesh,
) -> None:
    receipt = await mining(mesh)
    outcomes = {one["province"]: one for one in entry_of(receipt.answered)["outcomes"]}
    report = checked(mesh, receipt)
    shown = {one.province: one.shown for one in report.findings}

    assert outcomes[ANHUI]["lists"] == dict.fromkeys(("catalogue", "decisions", "uselist"), 1)
    assert "lists" not in outcomes[ZHEJIANG]
    assert report.ok
    assert "TYPE_NOT_OFFERED; shown to be published: catalogue 1 of 340000" in grounds(mesh, receipt)[ANHUI]
    assert (shown[ANHUI], shown[ZHEJIANG]) == (False, True)


async def test_the_lists_are_those_by_which_it_was_decided_and_not_those_held_since(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit(type_codes=(MINING_TYPE,))).application.apply_id
    answer = await mesh.jiangsu.find(apply_id)
    await mesh.jiangsu.publications.publish(Kind.USELIST, [line(), line(use_list_id="JS-2")])
    receipt = await receipt_of(mesh, answer)

    assert checked(mesh, receipt).ok
    assert "uselist 1 of 320000" in grounds(mesh, receipt)[ANHUI]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        pytest.param({}, "for no reason", id="without a reason"),
        pytest.param({"refusal": {"code": 1, "reason": "BECAUSE"}}, "for no reason", id="for a reason that is none"),
        pytest.param({"refusal": NOT_OFFERED}, "is not named", id="without the lists"),
        pytest.param({"refusal": NOT_OFFERED, "lists": {"uselist": 1}}, "is not named", id="by another list"),
        pytest.param({"refusal": NOT_OFFERED, "lists": {"catalogue": 1, "x": 1}}, "is not named", id="by no list"),
        pytest.param({"refusal": NOT_OFFERED, "lists": ["catalogue"]}, "is not named", id="by what is no table"),
        pytest.param(
            {"refusal": NOT_OFFERED, "lists": {"catalogue": 9}},
            "version 9 of the catalogue",
            id="by one never published",
        ),
        pytest.param(
            {"refusal": NOT_OFFERED, "lists": {"catalogue": [1]}}, "not shown to exist", id="by an odd version"
        ),
    ],
)
async def test_a_province_cannot_be_left_out_by_lists_that_nobody_published(
    mesh: Mesh, members: dict[str, Any], said: str
) -> None:
    receipt = await mining(mesh)
    lie = await rewritten(mesh.jiangsu, receipt.answered, claims(ANHUI, outcome="SKIPPED", **members))

    assert said in problem(mesh, replace(receipt, answered=lie), ANHUI)


async def test_the_head_of_another_province_does_not_stand_in(mesh: Mesh) -> None:
    receipt = await mining(mesh)
    other = replace(receipt, lists={**receipt.lists, ANHUI: receipt.lists[SHANGHAI]})
    gone = replace(receipt, lists={JIANGSU: receipt.lists[JIANGSU]})

    assert "not shown to exist" in problem(mesh, other, ANHUI)
    assert "not shown to exist" in problem(mesh, gone, ANHUI)


async def test_that_the_caller_chose_others_is_claimed_and_not_shown(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    receipt = await receipt_of(mesh, await mesh.jiangsu.find(apply_id, area_codes=(ANHUI, JIANGSU)))

    assert grounds(mesh, receipt)[ZHEJIANG] == "it was not asked; claimed, not shown: NOT_CHOSEN"
