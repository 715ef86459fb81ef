"""Repeats at the own library: a key stands for one wish, and another wish under it is refused as it is between provinces."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from federation.model.application import Output
from federation.model.refusal import Reason
from node.library.invented import LAND_TYPE
from tests.node.usecases.mesh import CALLER, JIANGSU, Mesh, record, sm3
from tests.node.usecases.papers import sealed_file
from tests.node.usecases.retrieval.test_retrieval import refused

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
    mesh.jiangsu.retrieval.release(first)
    other = replace(form, expires=mesh.clock() + timedelta(days=2))

    assert await refused(mesh, other) is Reason.REPLAYED
    assert first.path.exists()
    assert (await mesh.jiangsu.retrieval.file(CALLER, form)).sm3 == first.sm3


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("ofd", id="the copy"),
        pytest.param("svg", id="the same picture"),
        pytest.param("png", id="another picture"),
    ],
)
async def test_while_a_picture_is_handed_on_the_same_key_gets_nothing_that_could_replace_it(
    mesh: Mesh, other: str
) -> None:
    await mesh.jiangsu.keep(OWN, file=sealed_file(OWN.identifier))
    form = await mesh.wish(OWN, key="k", file_format="svg")
    retrieval = mesh.jiangsu.retrieval
    first = await retrieval.file(CALLER, form)
    meanwhile = await refused(mesh, replace(form, file_format=other))
    content = first.path.read_bytes()
    retrieval.release(first)
    second = await retrieval.file(CALLER, replace(form, file_format=other))

    assert meanwhile is Reason.OVERLOADED
    assert (first.sm3, second.sm3) == (sm3(content), sm3(second.path.read_bytes()))


@pytest.mark.parametrize("original", [pytest.param(False, id="copy"), pytest.param(True, id="original")])
async def test_a_repeat_after_the_certificate_was_imported_again_gets_the_same_file(
    mesh: Mesh, *, original: bool
) -> None:
    await mesh.jiangsu.keep(OWN, file=sealed_file(OWN.identifier))
    form = await mesh.wish(OWN, key="k", original=original)
    first = await mesh.jiangsu.retrieval.file(CALLER, form)
    mesh.jiangsu.retrieval.release(first)
    await mesh.jiangsu.keep(OWN, file=sealed_file(OWN.identifier, label="newer"))
    again = await mesh.jiangsu.retrieval.file(CALLER, form)

    assert (again.sm3, again.terms, again.original_sm3) == (first.sm3, first.terms, first.original_sm3)
    assert sm3(again.path.read_bytes()) == first.sm3


async def test_two_at_once_with_one_key_get_the_same_copy(mesh: Mesh) -> None:
    await mesh.jiangsu.keep(OWN, file=sealed_file(OWN.identifier))
    form = await mesh.wish(OWN, key="k")

    async def fetched() -> str:
        received = await mesh.jiangsu.retrieval.file(CALLER, form)
        mesh.jiangsu.retrieval.release(received)
        return received.sm3

    first, second = await asyncio.gather(fetched(), fetched())

    assert first == second
    assert [one.get("repeated", False) for one in mesh.jiangsu.entries(type="RETRIEVE")] == [False, True]
