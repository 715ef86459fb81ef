"""A proof that too few have witnessed: it is made within its time, handed out, and does not pass."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from federation.proof_archive import archive_of, verify_archive
from federation.proof_bundle import Check, verify_bundle
from node.ports.memberships import StoredMembership
from node.usecases.proving.making import MAX_S
from node.usecases.proving.subject import subject_of
from tests import virtual_time
from tests.node.usecases.cosigned import Cosigner
from tests.node.usecases.mesh import CALLER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, record
from tests.node.usecases.proving.making import fingerprint, proofs_of, used
from tests.trust.membership.chain import signed_by
from trust.bundle import read_bundle, write_bundle
from trust.membership import changes, parse, signed_from_json

ANHUI = "340000"
EVERYBODY = (SHANGHAI, JIANGSU, ZHEJIANG, ANHUI)
QUORUM = 2


async def asking_for_two(folder: Path) -> Mesh:
    """The mesh, whose membership asks for two witnesses, as Jiangsu holds it."""
    mesh = await Mesh(folder).ready()
    held = mesh.jiangsu.store.read.memberships.latest()
    assert held is not None
    before = signed_from_json(held.document)
    now = mesh.clock() - timedelta(hours=1)
    draft = changes.following(parse(before.payload), before.fingerprint, now=now, expires=now + timedelta(days=300))
    signed = signed_by(changes.witness_quorum(draft, QUORUM), *(mesh[code].identity for code in EVERYBODY))
    kept = StoredMembership(version=draft.version, digest=signed.fingerprint, document=signed.to_json(), stored_at=now)
    await mesh.jiangsu.store.transact(lambda nouns: nouns.memberships.put(kept))
    return mesh


async def test_it_is_handed_out_and_does_not_pass(tmp_path: Path) -> None:
    mesh = await asking_for_two(tmp_path)
    use = await used(mesh)
    made = await proofs_of(mesh.jiangsu).make(use.exchange, file=use.file)
    stranger = verify_bundle(made.bundle, fingerprint(mesh))

    assert not stranger.ok
    assert stranger.unwitnessed
    assert [(one.check, one.zh) for one in stranger.problems] == [
        (Check.WITNESSES, "未达规定的见证数：日志头只有0个其他成员见证，当时规定为2个")
    ]


async def test_its_archive_is_checked_all_the_same(tmp_path: Path) -> None:
    mesh = await asking_for_two(tmp_path)
    use = await used(mesh)
    made = await proofs_of(mesh.jiangsu).make(use.exchange, file=use.file)
    archive = archive_of(made.bundle, made.verdict)
    other = write_bundle(read_bundle(archive) | {"file.ofd": use.file + b"\x00"})

    def problems(data: bytes) -> list[Check]:
        return [one.check for one in verify_archive(data, made.bundle, fingerprint(mesh)).problems]

    assert problems(archive) == [Check.WITNESSES]
    assert problems(other) == [Check.CONTAINER, Check.WITNESSES]


async def witnesses_gone(folder: Path) -> tuple[Mesh, str]:
    """A use in Jiangsu; others cosigned its log once, and two of them are down since."""
    mesh = await Mesh(folder).ready()
    await mesh.zhejiang.keep(record(ZHEJIANG))
    exchange = (await mesh.jiangsu.retrieval.data(CALLER, await mesh.wish(record(ZHEJIANG)))).exchange_id
    nodes = {code: Cosigner(mesh[code]) for code in EVERYBODY}
    await nodes[JIANGSU].round()
    for code in (SHANGHAI, ANHUI):
        mesh.network.down(code)
    return mesh, exchange


@pytest.mark.parametrize("patience_s", [20.0, 1000.0])
def test_all_of_it_is_there_in_time(tmp_path: Path, patience_s: float) -> None:
    mesh, exchange = asyncio.run(witnesses_gone(tmp_path))
    entries = proofs_of(mesh.jiangsu, patience_s=patience_s, quorum=lambda: QUORUM + 2).entries
    subject = subject_of(mesh.jiangsu.store.read, JIANGSU, exchange, None)

    async def took() -> float:
        loop = asyncio.get_running_loop()
        until = loop.time() + MAX_S
        assert await entries.of(subject, until)
        await entries.proof(mesh.jiangsu.store.read.evidence.head().size - 1, until)
        return MAX_S - (until - loop.time())

    assert 20.0 <= virtual_time.run(took) <= MAX_S + 0.5
