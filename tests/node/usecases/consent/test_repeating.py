"""A key stands for one consent; and for one application on one consent, for one delegate, until one end: who mends one has made another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from federation.model.application import AuthMode, Kind
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.store import Store
from tests.node.usecases.applying.test_submission import submissions
from tests.node.usecases.consent.offices import (
    DELEGATE,
    ENTRUST_LINE,
    HOME_APP,
    PERSON,
    STANDING_LINE,
    applying,
    asked,
    given,
    office,
)
from tests.node.usecases.mesh import CALLER, Mesh, form
from tests.node.usecases.redeeming import opened
from trust.consent import Mode

Changes = dict[str, Any]


async def another_consent(mesh: Mesh) -> tuple[Changes, Changes]:
    first, second = await given(mesh), await given(mesh)
    return applying(first.document), applying(second.document)


async def no_consent(mesh: Mesh) -> tuple[Changes, Changes]:
    first = await given(mesh)
    return applying(first.document), applying(b"")


async def another_delegate(mesh: Mesh) -> tuple[Changes, Changes]:
    taken = await given(mesh, mode=Mode.ENTRUST, delegate=DELEGATE)
    base = applying(taken.document, use_list_id=ENTRUST_LINE, auth_mode=AuthMode.ENTRUST)
    return {**base, "delegate": DELEGATE}, {**base, "delegate": PERSON}


async def another_end(mesh: Mesh) -> tuple[Changes, Changes]:
    base = {"use_list_id": STANDING_LINE, "kind": Kind.STANDING}
    ends = [mesh.clock() + timedelta(days=days) for days in (20, 1)]
    return {**base, "valid_until": ends[0]}, {**base, "valid_until": ends[1]}


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(another_consent, id="another consent"),
        pytest.param(no_consent, id="no consent"),
        pytest.param(another_delegate, id="another delegate"),
        pytest.param(another_end, id="another end"),
    ],
)
async def test_a_key_stands_for_what_the_first_application_rests_on(
    mesh: Mesh, made: Callable[[Mesh], Awaitable[tuple[Changes, Changes]]]
) -> None:
    first, second = await made(mesh)
    one = submissions(mesh.jiangsu)
    submitted = await one.submit(CALLER, form(key="k", **first))
    mesh.clock.move(seconds=1)
    with pytest.raises(RefusedError) as caught:
        await one.submit(CALLER, form(key="k", **second))

    assert caught.value.refusal.reason is Reason.REPLAYED
    assert (await one.submit(CALLER, form(key="k", **first))).application == submitted.application


async def test_a_repeat_that_names_no_end_is_the_same(mesh: Mesh) -> None:
    one, base = submissions(mesh.jiangsu), {"use_list_id": STANDING_LINE, "kind": Kind.STANDING}
    first = await one.submit(CALLER, form(key="k", **base))
    mesh.clock.move(seconds=1)

    assert (await one.submit(CALLER, form(key="k", **base))).application == first.application


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Store]:
    store = await opened(tmp_path / "consents.db")
    yield store
    await store.close()


async def test_of_repeats_at_once_one_takes_the_consent_and_all_get_it(mesh: Mesh, disk: Store) -> None:
    """On disk, where each waits for the others' units to be durable."""
    here = replace(office(mesh.shanghai), store=disk)
    told = await asyncio.gather(*(here.give(HOME_APP, asked(), "k") for _ in range(3)))
    with pytest.raises(RefusedError) as caught:
        await here.give(HOME_APP, asked(item_code="ITEM-2"), "k")

    assert told[0] == told[1] == told[2]
    assert caught.value.refusal.reason is Reason.REPLAYED
    assert len(disk.read.evidence.of_exchange(f"consent-{told[0].consent_id}")) == 1
