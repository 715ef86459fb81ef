"""A province holds more than one answer takes: what is asked for comes first, and what is cut says so. Clause 8.2."""

from datetime import date

import pytest

from federation.model.search import MAX_ITEMS, Completeness
from node.library.record import Status
from tests.node.usecases.mesh import ZHEJIANG, Mesh, outcome, record


@pytest.mark.parametrize(
    ("count", "truncated"), [pytest.param(MAX_ITEMS, False, id="200"), pytest.param(MAX_ITEMS + 1, True, id="201")]
)
async def test_an_answer_of_more_than_200_is_cut_and_says_so(mesh: Mesh, count: int, *, truncated: bool) -> None:
    await mesh.zhejiang.keep(*(record(ZHEJIANG, serial=str(number)) for number in range(count)))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    answer = await mesh.jiangsu.find(apply_id)

    assert (len(answer.items), outcome(answer, ZHEJIANG).truncated) == (MAX_ITEMS, truncated)


async def test_what_is_not_valid_takes_no_room_from_what_is(mesh: Mesh) -> None:
    revoked = (record(ZHEJIANG, serial=str(number), status=Status.REVOKED) for number in range(MAX_ITEMS + 1))
    valid = record(ZHEJIANG, serial="999", issued=date(2020, 1, 1), valid_from=date(2020, 1, 1))
    await mesh.zhejiang.keep(*revoked, valid)
    _, answer = await mesh.found()

    assert [one.item.identifier for one in answer.items] == [valid.identifier]
    assert answer.completeness is Completeness.COMPLETE


async def test_a_number_beyond_the_first_200_is_found_by_its_number(mesh: Mesh) -> None:
    every = [record(ZHEJIANG, serial=str(number)) for number in range(MAX_ITEMS + 50)]
    await mesh.zhejiang.keep(*every)
    apply_id, first = await mesh.found()
    cut = next(one for one in every if one.identifier not in {found.item.identifier for found in first.items})
    answer = await mesh.jiangsu.find(apply_id, number=cut.number)

    assert [one.item.identifier for one in answer.items] == [cut.identifier]
    assert answer.completeness is Completeness.COMPLETE
