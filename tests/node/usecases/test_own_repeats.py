"""Repeats at the own library: a key stands for one wish, and another wish under it is refused as it is between provinces."""

from dataclasses import replace
from datetime import timedelta

from federation.model.application import Output
from federation.model.refusal import Reason
from node.library.invented import LAND_TYPE
from tests.node.usecases.mesh import CALLER, JIANGSU, Mesh, record
from tests.node.usecases.papers import sealed_file
from tests.node.usecases.test_retrieval import refused

OWN = record(JIANGSU, LAND_TYPE)


async def test_the_same_key_with_other_fields_is_no_repeat(mesh: Mesh) -> None:
    await mesh.jiangsu.keep(OWN)
    form = await mesh.wish(OWN, key="k", fields=("KZ_NAME",))
    first = await mesh.jiangsu.retrieval.data(CALLER, form)
    other = await refused(mesh, replace(form, fields=("KZ_KIND",)), Output.DATA)
    again = await mesh.jiangsu.retrieval.data(CALLER, form)

    assert other is Reason.REPLAYED
    assert again == first
    assert [len(one.get("notices", ())) for one in mesh.jiangsu.entries(type="RETRIEVE")] == [2, 0, 0]


async def test_the_same_key_with_another_end_is_no_repeat_and_leaves_the_copy(mesh: Mesh) -> None:
    await mesh.jiangsu.keep(OWN, file=sealed_file(OWN.identifier))
    form = await mesh.wish(OWN, key="k")
    first = await mesh.jiangsu.retrieval.file(CALLER, form)
    other = replace(form, expires=mesh.clock() + timedelta(days=2))

    assert await refused(mesh, other) is Reason.REPLAYED
    assert first.path.exists()
    assert (await mesh.jiangsu.retrieval.file(CALLER, form)).sm3 == first.sm3
