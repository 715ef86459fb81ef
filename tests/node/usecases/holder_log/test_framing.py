"""Nobody is shown to have left out what they were not asked about: who asks for little cannot show much. Clause 8.5."""

from datetime import timedelta
from typing import Any

import pytest

from federation.holder_uses import Listing, omission
from federation.holder_uses.omission import OmissionFile
from federation.model.holder_uses import ListedUse, Role
from federation.receipt import keys_of
from node.ports.holder_uses import UsesTold
from tests.node.usecases.holder_log.story import answering, ask, leaving_out, use
from tests.node.usecases.mesh import JIANGSU, SHANGHAI, ZHEJIANG, Mesh
from trust.errors import EvidenceError


def shown(told: UsesTold) -> tuple[ListedUse, Listing]:
    """What Zhejiang lists as the provider."""
    (listing,) = told.receipt.listings[ZHEJIANG]
    return next(one for one in listing.said.uses if one.role is Role.PROVIDER), listing


def file_of(whole: UsesTold, little: UsesTold, **changes: Any) -> OmissionFile:
    """Zhejiang's word on a use, and what Jiangsu listed when it was asked something else."""
    one, listing = shown(whole)
    fields: dict[str, Any] = {
        "province": JIANGSU,
        "asker": SHANGHAI,
        "asked": little.exchange_id,
        "use": one.exchange_id,
        "accuser": ZHEJIANG,
        "shown": one,
        "checkpoint": listing.said.checkpoint,
        "listings": little.receipt.listings[JIANGSU],
    }
    return OmissionFile(**fields | changes)


async def test_who_was_asked_about_another_time_left_nothing_out(mesh: Mesh) -> None:
    await use(mesh)
    mesh.clock.move(days=2)
    whole = await ask(mesh)
    now = mesh.clock()
    for since, until in ((now - timedelta(days=1), now), (now - timedelta(days=9), now - timedelta(days=3))):
        little = await ask(mesh, since=since, until=until)
        with pytest.raises(EvidenceError, match="do not leave out"):
            omission.judged(file_of(whole, little), keys_of([mesh.shanghai.directory.membership]))


async def test_the_time_that_was_asked_about_cannot_be_changed_afterwards(mesh: Mesh) -> None:
    await use(mesh)
    mesh.clock.move(days=2)
    whole, now = await ask(mesh), mesh.clock()
    little = await ask(mesh, since=now - timedelta(days=1))
    (listing,) = little.receipt.listings[JIANGSU]
    asked_for_more = whole.receipt.listings[JIANGSU][0].asked
    forged = Listing(answer=listing.answer, said=listing.said, asked=asked_for_more)

    with pytest.raises(EvidenceError, match="another list"):
        omission.judged(file_of(whole, little, listings=(forged,)), keys_of([mesh.shanghai.directory.membership]))


async def test_who_leaves_it_out_also_when_asked_by_name_is_shown_to(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    mesh.clock.move(hours=1)
    answering(mesh, JIANGSU, leaving_out(exchange_id))
    told = await ask(mesh)
    both = told.receipt.listings[JIANGSU]
    file = file_of(told, told)
    keys = keys_of([mesh.shanghai.directory.membership])

    assert len(both) == 2
    assert omission.judged(file, keys).province == JIANGSU
    assert omission.from_json(file.to_json()).to_json() == file.to_json()
