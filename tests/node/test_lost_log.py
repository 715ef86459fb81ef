"""A node that starts again with a database that lost what it signed: neither the start nor an import signs a head over the lost ones."""

from pathlib import Path

import pytest

from node.base import Base
from node.cli.library import _import
from node.daemon import build
from node.library.source import ManifestError
from node.ports.heads import HeadRole, StoredHead
from node.ports.store import SigningRefusedError, SigningWaitsError
from node.storage.sqlite import open_sqlite, open_sqlite_read_only
from tests.node.test_serve import base, home, loaded, silent
from trust import gm
from trust.checkpoint import Checkpoint, evidence_log, sign_note

__all__ = ["base", "home", "loaded", "silent"]

LOST = 99


def lost_head(base: Base) -> StoredHead:
    """A head of this province's log, as `own_log` keeps the one that it lost."""
    province, root = base.config.node.province, gm.sm3(b"lost")
    checkpoint = Checkpoint(origin=evidence_log(province), size=LOST, root=root)
    identity = base.identity
    note = sign_note(checkpoint, identity.signing_certificate.public_key, identity.signing_key.sign)
    return StoredHead(province=province, role=HeadRole.NEWEST, size=LOST, root=root, note=note)


async def with_entries(base: Base, lost: StoredHead | None = None) -> None:
    """A database whose last entries have no checkpoint, as after the entry that says what was lost."""
    store = await open_sqlite(base.database, sign_checkpoint=None)
    await store.transact(lambda nouns: nouns.evidence.append({"node": "x"}))
    if lost is not None:
        await store.transact(lambda nouns: nouns.heads.advance(lost, above=0))
    await store.close()


def signed(base: Base) -> int:
    """How many heads of the log were ever signed and stored."""
    reader = open_sqlite_read_only(base.database)
    try:
        return len(reader.read.evidence.checkpoints(0, 100))
    finally:
        reader.close()


async def test_the_second_start_of_a_log_that_lost_its_end_signs_nothing(base: Base) -> None:
    await with_entries(base, lost_head(base))
    node = await build(base)
    try:
        assert node.witnessing.own.lost is not None
        for asked in (node.store.checkpoint, lambda: node.store.prove(0)):
            with pytest.raises(SigningRefusedError, match=f"size {LOST}"):
                await asked()
    finally:
        await node.close()

    assert signed(base) == 0


async def test_a_start_signs_nothing_before_the_peers_were_asked(base: Base) -> None:
    await with_entries(base)
    node = await build(base)
    try:
        with pytest.raises(SigningWaitsError):
            await node.store.checkpoint()
        assert signed(base) == 0
        await node.witnessing.greet()
        assert (await node.store.checkpoint()).checkpoint
    finally:
        await node.close()


async def test_an_import_beside_the_node_signs_no_head(base: Base, tmp_path: Path) -> None:
    await with_entries(base)
    base.gate.release()  # the gate of the process that imports knows nothing
    (tmp_path / "none").mkdir()
    with pytest.raises(ManifestError):  # it has opened and closed the store all the same
        await _import(base, tmp_path / "none")

    assert signed(base) == 0
