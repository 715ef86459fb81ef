"""The same over the store of a real node: a first list in pages, broken off and taken up after a start, and a change that is announced."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from federation.errors import PeerError
from node.storage.sqlite import open_sqlite
from tests.node.usecases.publication.provinces import JIANGSU, SHANGHAI, Provinces, entry

ENTRIES = [entry(number) for number in range(1, 1201)]


async def opened(mesh: Provinces, code: str) -> None:
    """Start a node over its database, which is made where there is none."""
    node = mesh[code]
    node.store = await open_sqlite(mesh.folder / f"{code}.db", sign_checkpoint=None)  # type: ignore[assignment]
    node.start()


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Provinces]:
    mesh = Provinces(tmp_path, (SHANGHAI, JIANGSU))
    for code in mesh.all:
        await opened(mesh, code)
    yield mesh
    for node in mesh.all.values():
        await node.store.close()


async def test_a_first_list_is_broken_off_taken_up_after_a_start_and_changed(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish(ENTRIES)
    mesh[SHANGHAI].publications._offers.page_entries = 400
    answers = iter((True, True))

    def break_off(answer: object) -> object:
        if not next(answers, False):
            mesh.network.down(SHANGHAI)
            mesh.network.lose_answers(SHANGHAI)
        return answer

    mesh[SHANGHAI].answer_pulls(break_off)  # type: ignore[arg-type]
    with pytest.raises(PeerError):
        await mesh[JIANGSU].pull(SHANGHAI)
    shown = mesh[JIANGSU].mark(SHANGHAI).version, mesh[JIANGSU].ids(SHANGHAI)
    mesh.network.up(SHANGHAI)
    await mesh[JIANGSU].store.close()
    await opened(mesh, JIANGSU)
    mesh[SHANGHAI].join()
    await mesh[JIANGSU].pull(SHANGHAI)

    assert shown == (0, [])
    assert mesh[JIANGSU].held(SHANGHAI) == ENTRIES
    assert mesh[JIANGSU].mark(SHANGHAI) == mesh[SHANGHAI].mark()

    changed = [*ENTRIES[1:599], entry(600, contact="new"), *ENTRIES[600:]]
    await mesh[SHANGHAI].publish(changed)
    await mesh[SHANGHAI].announce(JIANGSU)
    assert mesh[JIANGSU].held(SHANGHAI) == changed
    assert mesh[SHANGHAI].receipt(JIANGSU) == (2, "")
    assert mesh[JIANGSU].lists.entry(SHANGHAI, "T00001", mesh.clock()) is None
