"""The evidence log over HTTP as a static log: what a client of tlog-tiles fetches makes the log again, and nobody else gets it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import hdrs
from aiohttp.test_utils import TestClient, TestServer

from node.admin.app import make_admin_app
from node.admin.evidence import evidence_routes
from node.admin.paths import EVIDENCE_PREFIX
from node.metrics import Levels, Metrics
from node.ports.store import Nouns
from node.storage.memory import MemoryStore
from tests.node.admin.test_admin import TOKEN, FakeAdministration
from tests.node.storage.samples import open_note, sign
from trust.tiles import ENTRIES, WIDTH, Tile, Tiler, tiles_of, unpack_entries

SIZE = 700
Client = TestClient[Any, Any]
TRUSTED = {hdrs.AUTHORIZATION: f"Bearer {TOKEN}"}


def fill(nouns: Nouns) -> None:
    for number in range(SIZE):
        nouns.evidence.append({"exchange": f"e{number}", "filler": "x" * 100})


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    store = MemoryStore(sign_checkpoint=sign)
    await store.transact(fill)
    app = make_admin_app(
        administration=FakeAdministration(),
        metrics=Metrics(Levels),
        token=TOKEN,
        ready=lambda: True,
        lists=evidence_routes(store),
    )
    async with TestClient(TestServer(app)) as made:
        yield made


async def get(client: Client, path: str) -> bytes:
    response = await client.get(f"{EVIDENCE_PREFIX}/{path}", headers=TRUSTED)
    assert response.status == 200, path
    return await response.read()


async def test_whoever_fetches_the_tiles_has_the_log(client: Client) -> None:
    head = open_note(await get(client, "checkpoint"))
    tiler = Tiler()
    made: dict[Tile, bytes] = {}
    for tile in tiles_of(head.size):
        if tile.level == ENTRIES:
            made |= dict(tiler.add(unpack_entries(await get(client, tile.path), tile.width)))
    made |= dict(tiler.partial())

    assert head.size == SIZE
    assert made == {tile: await get(client, tile.path) for tile in made}
    assert set(made) == {tile for tile in tiles_of(SIZE) if tile.level != ENTRIES}


async def test_an_older_size_has_its_partial_tiles_still(client: Client) -> None:
    full, partial = await get(client, "tile/0/001"), await get(client, "tile/0/001.p/9")

    assert partial == full[: 9 * 32]
    assert len(full) == WIDTH * 32


@pytest.mark.parametrize(
    ("path", "kind", "kept"),
    [
        pytest.param("checkpoint", "text/plain; charset=utf-8", "no-cache", id="the checkpoint changes"),
        pytest.param("tile/0/000", "application/octet-stream", "immutable", id="a full tile does not"),
        pytest.param("tile/0/002.p/188", "application/octet-stream", "immutable", id="nor does a partial one"),
        pytest.param("tile/entries/000", "application/octet-stream", "immutable", id="nor a bundle"),
    ],
)
async def test_what_may_be_kept_is_said(client: Client, path: str, kind: str, kept: str) -> None:
    response = await client.get(f"{EVIDENCE_PREFIX}/{path}", headers=TRUSTED)

    assert response.headers[hdrs.CONTENT_TYPE] == kind
    assert kept in response.headers[hdrs.CACHE_CONTROL]


async def test_bundles_travel_compressed_where_the_client_can(client: Client) -> None:
    response = await client.get(f"{EVIDENCE_PREFIX}/tile/entries/000", headers=TRUSTED)

    assert response.headers[hdrs.CONTENT_ENCODING] in {"deflate", "gzip"}
    assert len(unpack_entries(await response.read(), WIDTH)) == WIDTH


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("tile/0/002", id="a tile that is not full yet"),
        pytest.param("tile/0/002.p/189", id="a partial tile beyond the end"),
        pytest.param("tile/entries/003.p/1", id="a bundle beyond the end"),
        pytest.param("tile/1/000.p/3", id="a tile above that is not that wide yet"),
        pytest.param("tile/2/000.p/1", id="a level that is not reached"),
        pytest.param("tile/0/x999/x999/x999/x999/x999/x999/999", id="an index beyond every log"),
        pytest.param("tile/0/0", id="another form of a path"),
        pytest.param("tile/entries/000/..%2F001", id="a way around"),
        pytest.param("entries/000", id="something else"),
    ],
)
async def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    response = await client.get(f"{EVIDENCE_PREFIX}/{path}", headers=TRUSTED)

    assert response.status == 404


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/entries/000"])
async def test_without_the_token_there_is_nothing_to_read(client: Client, path: str) -> None:
    assert (await client.get(f"{EVIDENCE_PREFIX}/{path}")).status == 401
