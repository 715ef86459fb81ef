"""Completeness receipts: an answer to one question is no answer to another, and no member is passed over. DESIGN §2.3."""

from dataclasses import replace
from typing import Any

import pytest

from federation.model.application import Holder
from federation.model.search import Outcome
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.services import SearchForm
from tests.node.usecases.mesh import ANHUI, CALLER, JIANGSU, ZHEJIANG, Mesh, outcome, record
from tests.node.usecases.receipts import Change, checked, receipt_of, rewritten

OTHER = Holder(code="11010519491231002X", type_code="111", name="样例人")


def sets(**members: object) -> Change:
    """These members in place of those that the entry has."""
    return lambda entry: entry.update({name: value for name, value in members.items() if name in entry})


async def test_an_empty_answer_about_another_application_is_not_one_about_this(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG, LAND_TYPE))
    apply_id, good = await mesh.found()
    assert outcome(good, ZHEJIANG).outcome is Outcome.OK
    other = (await mesh.jiangsu.submit(holder=OTHER)).application.apply_id
    answer = await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=other, holder=OTHER))
    receipt = await receipt_of(mesh, answer)
    lie = sets(apply=apply_id)
    requests = [await rewritten(mesh.jiangsu, one, lie) for one in receipt.requests]
    answered = await rewritten(mesh.jiangsu, receipt.answered, lie)
    one_alone = checked(mesh, replace(receipt, answered=answered))
    both = checked(mesh, replace(receipt, requests=tuple(requests), answered=answered))

    assert [one for one in both.findings if "about another application" in one.problem]
    assert "a question is of another application than the outcomes are" in one_alone.problems


async def test_an_empty_answer_about_fewer_types_is_not_one_about_more(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG, LAND_TYPE))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    receipt = await receipt_of(mesh, await mesh.jiangsu.find(apply_id, type_codes=(MINING_TYPE,)))
    lie = sets(types=[MINING_TYPE, LAND_TYPE])
    requests = [await rewritten(mesh.jiangsu, one, lie) for one in receipt.requests]
    report = checked(mesh, replace(receipt, requests=tuple(requests)))

    assert checked(mesh, receipt).ok
    assert [one for one in report.findings if "about other certificate types" in one.problem]


async def test_the_report_says_what_was_searched(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    report = checked(mesh, await receipt_of(mesh, await mesh.jiangsu.find(apply_id, type_codes=(MINING_TYPE,))))

    assert (report.apply_id, report.types) == (apply_id, (MINING_TYPE,))
    assert report.asked.startswith(mesh.clock().date().isoformat())


async def test_a_search_for_one_number_cannot_pass_for_one_of_everything(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG, LAND_TYPE))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    receipt = await receipt_of(mesh, await mesh.jiangsu.find(apply_id, number="no such number"))
    honest = checked(mesh, receipt)
    requests = [await rewritten(mesh.jiangsu, one, lambda entry: entry.pop("narrowed")) for one in receipt.requests]
    report = checked(mesh, replace(receipt, requests=tuple(requests)))

    assert (honest.ok, honest.scope) == (True, ("narrowed",))
    assert [one for one in report.findings if "narrower or wider" in one.problem]


async def test_a_search_of_the_valid_ones_cannot_pass_for_one_of_all(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    receipt = await receipt_of(mesh, await mesh.jiangsu.find(apply_id))
    wider = await receipt_of(mesh, await mesh.jiangsu.find(apply_id, include_invalid=True))
    requests = [
        await rewritten(mesh.jiangsu, one, lambda entry: entry.update(invalid=True)) for one in receipt.requests
    ]
    report = checked(mesh, replace(receipt, requests=tuple(requests)))

    assert (checked(mesh, receipt).scope, checked(mesh, wider).scope) == ((), ("invalid",))
    assert [one for one in report.findings if "narrower or wider" in one.problem]


def omitted(entry: dict[str, Any]) -> None:
    entry["outcomes"] = [one for one in entry["outcomes"] if one["province"] != ZHEJIANG]


def nobody(entry: dict[str, Any]) -> None:
    entry["outcomes"] = []
    entry.pop("peers")


def twice(entry: dict[str, Any]) -> None:
    entry["outcomes"].insert(0, {"province": ZHEJIANG, "outcome": "TIMEOUT"})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(omitted, "330000 is a member and is not named", id="one that was not asked is left out"),
        pytest.param(nobody, "330000 is a member and is not named", id="nobody is named"),
        pytest.param(twice, "330000 is named more than once", id="one is silent and skipped"),
    ],
)
async def test_every_member_is_named_once(mesh: Mesh, change: Change, said: str) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    receipt = await receipt_of(mesh, await mesh.jiangsu.find(apply_id, area_codes=(ANHUI, JIANGSU)))
    if change is nobody:
        receipt = replace(receipt, requests=(), answers={})
    report = checked(mesh, replace(receipt, answered=await rewritten(mesh.jiangsu, receipt.answered, change)))

    assert [one for one in report.problems if said in one]


@pytest.mark.parametrize("peers", [5, [1, "a"], [["a"]], {}])
async def test_a_list_of_peers_that_is_none_is_a_problem_and_no_crash(mesh: Mesh, peers: object) -> None:
    receipt = await receipt_of(mesh, (await mesh.found())[1])
    lie = await rewritten(mesh.jiangsu, receipt.answered, sets(peers=peers))

    assert not checked(mesh, replace(receipt, answered=lie)).ok


@pytest.mark.parametrize("member", ["request", "type", "sent", "outcome", "apply", "types", "peer", "truncated"])
@pytest.mark.parametrize("value", [["x"], {"x": ["y"]}, 5, {"SearchAnswer": ["x"]}])
async def test_a_word_of_a_province_that_is_none_is_a_problem_and_no_crash(
    mesh: Mesh, member: str, value: object
) -> None:
    receipt = await receipt_of(mesh, (await mesh.found())[1])
    odd = await rewritten(mesh.zhejiang, receipt.answers[ZHEJIANG], lambda entry: entry.update({member: value}))
    report = checked(mesh, replace(receipt, answers={**receipt.answers, ZHEJIANG: odd}))

    assert [one.province for one in report.findings if one.problem] == [ZHEJIANG]
