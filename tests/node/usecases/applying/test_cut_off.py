"""Applying under a key, cut off at any unit of work of the consumer: who repeats it has the same application, decided once. Clause 7.2."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from federation.model.application import Result
from federation.model.search import Completeness
from node.library.invented import MINING_TYPE
from node.ports.services import UseForm
from node.ports.store import Store, StoreError
from node.usecases.applying.submission import Submissions
from node.usecases.turns import Turns
from node.usecases.use import Uses
from tests.node.usecases.cutting import Cut
from tests.node.usecases.mesh import CALLER, JIANGSU, ZHEJIANG, Mesh, Province, form, record
from tests.node.usecases.watching import verdicts_of

UNITS = 4  # of the longest of these calls at most

Call = Callable[[Province, Store], Awaitable[str]]


def submissions_over(one: Province, store: Store) -> Submissions:
    """As after a restart: nobody's turn, and every unit goes through this store."""
    one.applications._store = one.search._store = store
    verdicts = replace(verdicts_of(one), store=store)
    return Submissions(store=store, vault=one.vault, applications=one.applications, verdicts=verdicts, turns=Turns(2.0))


async def submit(one: Province, store: Store) -> str:
    submitted = await submissions_over(one, store).submit(CALLER, form(key="k", type_codes=(MINING_TYPE,)))
    assert {each.verdict and each.verdict.result for each in submitted.verdicts if each.province == ZHEJIANG} == {
        Result.PASS
    }
    return submitted.application.apply_id


async def use(one: Province, store: Store) -> str:
    uses = Uses(submissions=submissions_over(one, store), search=one.search)
    opened = await uses.open(CALLER, UseForm(application=form(key="k", type_codes=(MINING_TYPE,))))
    assert (len(opened.found.items), opened.found.completeness) == (1, Completeness.COMPLETE)
    return opened.application.apply_id


@pytest.mark.parametrize("durable", [pytest.param(False, id="before"), pytest.param(True, id="behind")])
@pytest.mark.parametrize("call", [submit, use])
async def test_a_call_that_is_repeated_after_it_was_cut_off_is_the_same_application(
    tmp_path: Path, call: Call, *, durable: bool
) -> None:
    points = 0
    for point in range(1, UNITS + 2):
        mesh = await Mesh(tmp_path / str(point)).ready()
        await mesh.zhejiang.keep(record(ZHEJIANG))
        cut = Cut(mesh.jiangsu.store, point, durable=durable)
        with suppress(StoreError):
            await call(mesh.jiangsu, cut)
        reached, points = cut.left <= 0, points + (cut.left <= 0)
        again = await call(mesh.jiangsu, mesh.jiangsu.store)
        third = await call(mesh.jiangsu, mesh.jiangsu.store)
        asked = {one["apply"] for one in mesh.zhejiang.entries(type="VERIFY")}
        given = mesh.zhejiang.store.read.applications.given(JIANGSU, again)

        assert again == third
        assert asked == {again}, "the province heard of one application"
        assert given is not None
        if not reached:
            break

    assert 1 < points <= UNITS, "there is something to cut, and the sweep came to its end"
