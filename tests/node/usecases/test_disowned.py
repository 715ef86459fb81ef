"""A province whose signing key was stolen comes back with a new one: what the thief signed is dropped everywhere, at the victim as well."""

from node.usecases.disowned import DisownedHeads
from node.usecases.own_log import OwnLog
from tests.node.usecases.cosigned import Cosigner
from tests.node.usecases.mesh import JIANGSU, ZHEJIANG, Mesh
from tests.node.usecases.test_heads import other_note, restarted
from trust import gm
from trust.checkpoint import Checkpoint, sign_note

THIEF = gm.PrivateKey.generate()
STOLEN = 10**9


def stolen_note(mesh: Mesh) -> bytes:
    checkpoint = Checkpoint(origin=mesh.zhejiang.origin, size=STOLEN, root=gm.sm3(b"of the thief"))
    return sign_note(checkpoint, THIEF.public, THIEF.sign)


def disowned(mesh: Mesh, node: Cosigner, versions: list[int]) -> DisownedHeads:
    """Jiangsu's, where Zhejiang disowned the thief's key."""
    return DisownedHeads(
        keeper=mesh.jiangsu.keeper,
        version=lambda: versions[-1],
        robbed=lambda: (ZHEJIANG,),
        keys=node.keys,
        dropped=node.witness.forget,
    )


async def test_what_a_thief_signed_is_dropped_from_memory_and_store_and_the_log_goes_on(mesh: Mesh) -> None:
    jiangsu, zhejiang = Cosigner(mesh.jiangsu), Cosigner(mesh.zhejiang)
    await mesh.found()
    mesh.jiangsu.heads.open(ZHEJIANG, stolen_note(mesh), THIEF.public)
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    await mesh.jiangsu.keeper.save((ZHEJIANG,))
    await zhejiang.offer()
    await zhejiang.cosigning.push(JIANGSU)
    assert mesh.jiangsu.store.read.cosignatures.given(ZHEJIANG) is None  # the new key's heads do not fit the thief's
    await disowned(mesh, jiangsu, [2]).look()
    await zhejiang.cosigning.push(JIANGSU)
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    await mesh.jiangsu.keeper.save((ZHEJIANG,))

    assert mesh.jiangsu.store.read.cosignatures.given(ZHEJIANG) is not None
    assert not mesh.jiangsu.heads.suspended(ZHEJIANG)
    newest = restarted(mesh).newest(ZHEJIANG)
    assert newest is not None
    assert newest.size < STOLEN


async def test_what_the_remaining_keys_signed_stays(mesh: Mesh) -> None:
    jiangsu, zhejiang = Cosigner(mesh.jiangsu), Cosigner(mesh.zhejiang)
    await mesh.found()
    await zhejiang.offer()
    await zhejiang.cosigning.push(JIANGSU)
    await mesh.jiangsu.keeper.save((ZHEJIANG,))
    before = mesh.jiangsu.store.read.heads.all(), mesh.jiangsu.store.read.cosignatures.given(ZHEJIANG)
    await disowned(mesh, jiangsu, [2]).look()

    assert (mesh.jiangsu.store.read.heads.all(), mesh.jiangsu.store.read.cosignatures.given(ZHEJIANG)) == before


async def test_it_is_looked_once_for_each_version_of_the_membership(mesh: Mesh) -> None:
    jiangsu, versions = Cosigner(mesh.jiangsu), [2]
    looks = disowned(mesh, jiangsu, versions)
    await looks.look()
    mesh.jiangsu.heads.open(ZHEJIANG, stolen_note(mesh), THIEF.public)
    await looks.look()
    assert mesh.jiangsu.heads.newest(ZHEJIANG) is not None
    versions.append(3)
    await looks.look()

    assert mesh.jiangsu.heads.newest(ZHEJIANG) is None


async def test_a_head_of_the_thief_does_not_tell_the_victim_that_it_lost_something(mesh: Mesh) -> None:
    """Neither at a start after the key was disowned, from what was stored before, nor from what peers show."""
    node = Cosigner(mesh.zhejiang)
    keys: list[gm.PublicKey] = [THIEF.public, *node.keys(ZHEJIANG)]

    def own() -> OwnLog:
        one = mesh.zhejiang
        return OwnLog(
            store=one.store, gate=node.gate, recorder=one.recorder, new_id=one.new_id, keys=lambda: tuple(keys)
        )

    robbed = own()
    await robbed.compared(JIANGSU, (stolen_note(mesh).decode(),))
    assert robbed.lost is not None
    keys.remove(THIEF.public)
    assert own().lost is None
    assert await own().compared(JIANGSU, (stolen_note(mesh).decode(),)) == ()
    keeper = mesh.zhejiang.keeper
    await DisownedHeads(
        keeper=keeper, version=lambda: 2, robbed=lambda: (ZHEJIANG,), keys=lambda _: tuple(keys), dropped=lambda _: None
    ).look()
    assert mesh.zhejiang.store.read.heads.all() == []
    again = own()
    await again.compared(JIANGSU, (other_note(mesh.zhejiang, 99).decode(),))

    assert again.lost is not None
    assert again.lost.size == 99
