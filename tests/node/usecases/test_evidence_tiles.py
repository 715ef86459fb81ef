"""Hash tiles over the peers' port: a peer makes the root and any proof out of them, and sees no entry. node.usecases.evidence."""

import pytest

from federation.errors import PeerError
from federation.methods import TILE
from federation.model.evidence import TileRequest
from federation.model.refusal import Reason
from tests.node.usecases.mesh import JIANGSU, ZHEJIANG, Mesh
from trust.merkle import HASH_BYTES, Frontier
from trust.tiles import ENTRIES, tiles_of


async def ask(mesh: Mesh, *paths: str) -> tuple[bytes, ...]:
    post = mesh.jiangsu.post
    draft = post.draft_request(TileRequest(paths=paths), recipients=(ZHEJIANG,), exchange_id=mesh.jiangsu.new_id())
    reply = await mesh.network.peers_of(JIANGSU).ask(ZHEJIANG, TILE, draft, post.sign(draft), 1.0)
    tiles: tuple[bytes, ...] = reply.message.tiles
    return tiles


async def test_a_peer_makes_the_root_out_of_the_tiles(mesh: Mesh) -> None:
    await mesh.found()
    head = mesh.zhejiang.store.read.evidence.head()
    names = [tile for tile in tiles_of(head.size) if tile.level == 0]

    leaves = b"".join(await ask(mesh, *(tile.path for tile in names)))
    frontier = Frontier()
    for at in range(0, len(leaves), HASH_BYTES):
        frontier.append(leaves[at : at + HASH_BYTES])

    assert (frontier.size, frontier.root()) == (head.size, head.root)


async def test_a_tile_that_is_not_there_is_empty(mesh: Mesh) -> None:
    await mesh.found()

    assert await ask(mesh, "tile/0/000.p/1", "tile/0/999", "tile/3/000.p/1") == (
        mesh.zhejiang.store.read.evidence.node_hash(0, 0),
        b"",
        b"",
    )


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(next(tile.path for tile in tiles_of(5) if tile.level == ENTRIES), id="entries"),
        pytest.param("checkpoint", id="something else"),
        pytest.param("tile/0/../0", id="a way around"),
    ],
)
async def test_entries_and_everything_else_are_refused(mesh: Mesh, path: str) -> None:
    await mesh.found()
    with pytest.raises(PeerError) as caught:
        await ask(mesh, "tile/0/000.p/1", path)

    assert caught.value.refusal.reason is Reason.BAD_PARAMETER
