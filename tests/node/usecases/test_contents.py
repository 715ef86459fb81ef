"""Both sides' entries bind the same application, verdict and data, and either side can open them. node.usecases.contents, clause 8.5."""

import json
from dataclasses import replace
from typing import Any

import pytest

from node.library.invented import LAND_TYPE
from node.ports.contents import StoredContent
from node.usecases.contents import MOST, Keeper
from tests.node.usecases.mesh import CALLER, ZHEJIANG, Mesh, Province, record
from trust.commitment import Opening
from trust.errors import DecryptionError


def opened(province: Province, subject: str) -> dict[str, Opening]:
    """What a province kept of a subject, by commitment."""
    keeper = Keeper(vault=province.vault, clock=province.clock)
    found = {one.commitment: keeper.open(one) for one in province.store.read.contents.of(subject, MOST)}
    return {commitment: one for commitment, one in found.items() if one is not None}


def bound(province: Province, **members: Any) -> dict[str, str]:
    (entry,) = province.entries(**members)
    binds: dict[str, str] = entry["binds"]
    return binds


async def test_both_sides_bind_one_application_and_one_verdict(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    theirs = bound(mesh.zhejiang, type="VERIFY", step="answered")
    (answered,) = mesh.jiangsu.entries(type="APPLY", step="answered")
    of_zhejiang = next(one for one in answered["outcomes"] if one["province"] == ZHEJIANG)

    assert theirs["application"] == bound(mesh.jiangsu, type="APPLY", step="asked")["application"]
    assert theirs["verdict"] == of_zhejiang["binds"]["verdict"]
    for side in (mesh.jiangsu, mesh.zhejiang):
        kept = opened(side, apply_id)
        assert json.loads(kept[theirs["application"]].content)["apply_id"] == apply_id
        assert json.loads(kept[theirs["verdict"]].content)["provider"] == ZHEJIANG


async def test_two_provinces_verdicts_are_bound_apart(mesh: Mesh) -> None:
    await mesh.jiangsu.submit()

    assert (
        bound(mesh.zhejiang, type="VERIFY", step="answered")["verdict"]
        != bound(mesh.anhui, type="VERIFY", step="answered")["verdict"]
    )


async def test_both_sides_bind_the_face_data_that_were_handed_out(mesh: Mesh) -> None:
    certificate = record(ZHEJIANG, LAND_TYPE)
    await mesh.zhejiang.keep(certificate)
    wish = await mesh.wish(certificate)
    received = await mesh.jiangsu.retrieval.data(CALLER, wish)
    here, there = (bound(one, type="RETRIEVE", step=step) for one, step in _data_entries(mesh))

    assert here == there
    for side in (mesh.jiangsu, mesh.zhejiang):
        kept = opened(side, wish.apply_id)
        assert json.loads(kept[here["data"]].content) == received.data, "under the application that it was made under"


def _data_entries(mesh: Mesh) -> tuple[tuple[Province, str], tuple[Province, str]]:
    return (mesh.jiangsu, "received"), (mesh.zhejiang, "answered")


async def test_the_same_application_again_has_another_commitment(mesh: Mesh) -> None:
    for key in ("k1", "k2"):
        await mesh.jiangsu.submit(key=key)
    one, other = (entry["binds"]["application"] for entry in mesh.jiangsu.entries(type="APPLY", step="asked"))

    assert one != other


async def test_a_row_that_was_moved_or_changed_does_not_open(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    keeper = Keeper(vault=mesh.jiangsu.vault, clock=mesh.clock)
    row: StoredContent = mesh.jiangsu.store.read.contents.of(apply_id, 1)[0]

    assert keeper.open(replace(row, sealed=b"")) is None
    for wrong in (replace(row, commitment="00" * 32), replace(row, sealed=row.sealed[:-1] + b"\x00\x00")):
        with pytest.raises(DecryptionError):
            keeper.open(wrong)
