"""The start of a node whose log may have gone back: nothing is signed before enough peers said what they hold, and the wait ends."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from federation.methods import ADD_CHECKPOINT
from node.ports.store import SigningRefusedError, SigningWaitsError
from node.usecases.greeting import PAUSE_S, TRY_S
from tests import virtual_time
from tests.node.usecases.cosigned import Cosigner
from tests.node.usecases.mesh import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, Mesh
from tests.node.usecases.test_heads import other_note

LIMIT_S = 5.0
LOST = 10_000


async def in_mesh(mesh: Mesh, quorum: int) -> Cosigner:
    """Zhejiang, which starts in a mesh of four whose others run; Jiangsu alone knows of a head that it lost."""
    for code in (SHANGHAI, JIANGSU, ANHUI):
        Cosigner(mesh[code])
    node = Cosigner(mesh.zhejiang, quorum, starting=True)
    mesh.jiangsu.heads.open(ZHEJIANG, other_note(mesh.zhejiang, LOST), node.keys(ZHEJIANG)[0])
    await mesh.zhejiang.store.transact(lambda nouns: nouns.evidence.append({"node": ZHEJIANG}))
    return node


def started(folder: Path, scene: Callable[[Mesh, Cosigner], Awaitable[None]], quorum: int = 2) -> None:
    """The same on virtual time."""

    async def whole() -> None:
        mesh = await Mesh(folder).ready()
        await scene(mesh, await in_mesh(mesh, quorum))

    virtual_time.run(whole)


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize(
    ("quorum", "down", "seconds", "enough"),
    [
        pytest.param(
            2, (JIANGSU,), 0.0, True, id="two of three say it where two cosign: whoever cosigned is among them"
        ),
        pytest.param(1, (JIANGSU,), LIMIT_S, False, id="where one cosigns all three have to"),
        pytest.param(0, (JIANGSU,), LIMIT_S, False, id="where membership asks for none all three have to"),
        pytest.param(3, (JIANGSU, SHANGHAI), 0.0, True, id="one of three says it where all cosign"),
        pytest.param(2, (JIANGSU, SHANGHAI), LIMIT_S, False, id="one of three is too few where two cosign"),
        pytest.param(2, (JIANGSU, SHANGHAI, ANHUI), LIMIT_S, False, id="a node alone goes on after the bound"),
    ],
)
def test_a_start_waits_for_enough_and_never_for_ever(
    tmp_path: Path, quorum: int, down: tuple[str, ...], seconds: float, *, enough: bool
) -> None:
    async def scene(mesh: Mesh, node: Cosigner) -> None:
        for code in down:
            mesh.network.down(code)
        began = now()
        await node.greeting.start(mesh.zhejiang.peers, LIMIT_S)

        assert now() - began == pytest.approx(seconds, abs=0.1)
        node.gate.check()
        assert node.view.read()["greeting"] == {"missed": sorted(down), "enough": enough}

    started(tmp_path, scene, quorum)


def test_a_node_that_waits_signs_nothing_and_gives_nothing_away(tmp_path: Path) -> None:
    async def scene(mesh: Mesh, node: Cosigner) -> None:
        store = mesh.zhejiang.store
        signed = len(store.read.evidence.checkpoints(0, 10_000))
        await store.transact(lambda nouns: nouns.evidence.append({"node": ZHEJIANG}))

        assert len(store.read.evidence.checkpoints(0, 10_000)) == signed
        for asked in (store.checkpoint, lambda: store.prove(0)):
            with pytest.raises(SigningWaitsError):
                await asked()

    started(tmp_path, scene)


def test_peers_that_come_up_meanwhile_are_asked_and_end_the_wait(tmp_path: Path) -> None:
    async def scene(mesh: Mesh, node: Cosigner) -> None:
        for code in (SHANGHAI, JIANGSU, ANHUI):
            mesh.network.down(code)
        for code in (SHANGHAI, ANHUI):
            asyncio.get_running_loop().call_later(2.0, mesh.network.up, code)
        began = now()
        await node.greeting.start(mesh.zhejiang.peers, LIMIT_S)

        assert 2.0 <= now() - began <= 2.0 + 2 * PAUSE_S
        assert node.greeting.enough

    started(tmp_path, scene)


def test_a_peer_beyond_the_needed_number_that_is_there_is_heard_too(tmp_path: Path) -> None:
    """A young head that nobody cosigned: Jiangsu alone got it, with a message."""

    async def scene(mesh: Mesh, node: Cosigner) -> None:
        jiangsu = mesh.jiangsu

        async def late(incoming: Any) -> Any:
            await asyncio.sleep(TRY_S / 2)  # on virtual time
            return await Cosigner(jiangsu).witness.add(incoming)

        mesh.network.join(jiangsu.post, {ADD_CHECKPOINT.path: late}, health=jiangsu.health)
        await node.greeting.start(mesh.zhejiang.peers, LIMIT_S)

        assert node.own.lost is not None

    started(tmp_path, scene)


def test_a_silent_peer_beyond_the_needed_number_holds_the_start_up_for_one_call(tmp_path: Path) -> None:
    async def scene(mesh: Mesh, node: Cosigner) -> None:
        mesh.network.silent(JIANGSU)
        began = now()
        await node.greeting.start(mesh.zhejiang.peers, LIMIT_S)

        assert now() - began == pytest.approx(TRY_S, abs=0.1)
        node.gate.check()

    started(tmp_path, scene)


def test_a_peer_that_tells_what_was_lost_keeps_the_gate_closed(tmp_path: Path) -> None:
    async def scene(mesh: Mesh, node: Cosigner) -> None:
        for code in (SHANGHAI, ANHUI):
            mesh.network.down(code)
        await node.greeting.start(mesh.zhejiang.peers, LIMIT_S)

        with pytest.raises(SigningRefusedError, match=f"size {LOST}"):
            node.gate.check()

    started(tmp_path, scene)


async def test_a_peer_that_was_missed_is_greeted_before_it_is_offered_a_head(mesh: Mesh) -> None:
    """The head that this node signed meanwhile, on the word of too few, is not shown to the peer that knows better."""
    node = await in_mesh(mesh, quorum=1)
    mesh.network.down(JIANGSU)
    await node.greeting.start(mesh.zhejiang.peers, 0.01)
    await node.round_without(JIANGSU)
    offered = mesh.zhejiang.store.read.cosignatures.newest()
    mesh.network.up(JIANGSU)
    await node.cosigning.push(JIANGSU)

    assert offered is not None
    assert offered.size not in {one.size for one in mesh.jiangsu.heads.held(ZHEJIANG)}
    assert node.own.lost is not None
    assert node.own.lost.size == LOST
    with pytest.raises(SigningRefusedError):
        await mesh.zhejiang.store.checkpoint()
