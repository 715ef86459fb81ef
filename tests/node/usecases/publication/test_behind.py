"""A node that was restored from an older backup publishes nothing beside what its peers hold of it. DESIGN §2.7."""

from pathlib import Path

import pytest

from federation.methods import PULL
from federation.model.publication import Mark, PublicationError, Pull
from node.usecases.publication.exchanging import Change
from tests.node.usecases.publication.provinces import (
    ANHUI,
    CATALOGUE,
    CODES,
    JIANGSU,
    SHANGHAI,
    ZHEJIANG,
    Province,
    Provinces,
    entry,
)
from tests.node.usecases.publication.test_status import status

FAR = Mark(version=9, digest="ab" * 32)


async def restored(mesh: Provinces, *holders: str) -> Province:
    """Shanghai published twice, the holders took both versions, and then it was restored from a backup with the first."""
    await mesh[SHANGHAI].publish([entry(1)])
    await mesh[SHANGHAI].publish([entry(1), entry(2)])
    for holder in holders:
        await mesh[holder].pull(SHANGHAI)
    twin = mesh.twin(SHANGHAI)
    await twin.publish([entry(1)])
    return twin


async def test_nothing_is_published_while_two_peers_hold_more(mesh: Provinces) -> None:
    twin = await restored(mesh, JIANGSU, ZHEJIANG)
    for peer in (JIANGSU, ZHEJIANG):
        await twin.announce(peer)

    with pytest.raises(
        PublicationError, match="peers hold version 2 of this catalogue list, version 1 is the newest here"
    ):
        await twin.publish([entry(3)])
    with pytest.raises(PublicationError, match="restore the newest backup"):
        await twin.publications.change(CATALOGUE, [Change(entry=entry(3), id="T00003")])
    assert twin.mark().version == 1
    assert status(mesh, twin).read()["publications"]["catalogue"]["behind"] == 2


async def test_that_peers_ask_for_what_is_newer_says_the_same(mesh: Provinces) -> None:
    twin = await restored(mesh, JIANGSU, ZHEJIANG)
    for peer in (JIANGSU, ZHEJIANG):
        await mesh.call(peer, SHANGHAI, PULL["catalogue"].path, Pull(held=mesh[peer].mark(SHANGHAI)))

    with pytest.raises(PublicationError):
        await twin.publish([entry(3)])


@pytest.mark.parametrize(
    ("codes", "liars", "behind"),
    [
        pytest.param(CODES, (JIANGSU,), 0, id="one of three is not believed"),
        pytest.param(CODES, (JIANGSU, ANHUI), 9, id="two of three are"),
        pytest.param((SHANGHAI, JIANGSU), (JIANGSU,), 9, id="the only one is"),
    ],
)
async def test_one_peer_cannot_keep_a_province_from_publishing(
    tmp_path: Path, codes: tuple[str, ...], liars: tuple[str, ...], behind: int
) -> None:
    mesh = Provinces(tmp_path, codes)
    shanghai = mesh[SHANGHAI]
    await shanghai.publish([entry(1)])
    for peer in liars:
        await mesh.call(peer, SHANGHAI, PULL["catalogue"].path, Pull(held=FAR))

    assert shanghai.publications.behind(CATALOGUE) == behind


async def test_a_peer_that_takes_back_what_it_said_is_believed(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish([entry(1)])
    for held in (FAR, Mark()):
        for peer in (JIANGSU, ZHEJIANG):
            await mesh.call(peer, SHANGHAI, PULL["catalogue"].path, Pull(held=held))

    assert await mesh[SHANGHAI].publish([entry(2)]) == 2
