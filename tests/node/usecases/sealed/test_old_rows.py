"""A database of an older program: what lay open in it is keyed and sealed at the next start, whatever interrupts. Migration 0026."""

import sqlite3
from functools import partial
from pathlib import Path

import pytest

from node.ports.notices import OutboxState
from node.ports.store import Nouns, StoreError
from node.ports.unsealed import Kept
from node.storage.sqlite import open_sqlite
from node.storage.sqlite.database import connect
from node.storage.sqlite.migrate import _apply, migrations
from node.usecases.sealed import old_rows
from node.usecases.sealed.marks import Marks
from node.usecases.sealed.old_rows import SLICE, seal_old_rows
from node.usecases.sealed.store import SealedStore
from node.vault import Vault
from tests.node.usecases.sealed.searching import found_in, of_handle

VAULT = Vault(b"m" * 32, "5a" * 32)
HANDLE = VAULT.handle("111", "320000199001011239")
EVENT = b'{"holder_handle":"' + HANDLE.encode() + b'"}' + b"." * 5_000  # runs over into pages of its own
LETTERS, OLD = SLICE + 50, SLICE + 54
INTENT = bytes(range(32))


def old_database(path: Path) -> None:
    """As the program before migration 0026 left it."""
    db = connect(path.as_uri())
    db.execute("PRAGMA journal_mode = WAL")
    for number, script in migrations().items():
        if number < 26:
            _apply(db, number, script)
    for one in range(LETTERS):
        db.execute("INSERT INTO outbox (peer, notice_id, event) VALUES ('330000', ?, ?)", (f"n{one}", EVENT))
    db.execute(
        "INSERT INTO holder_use (notice_id, addressee, holder_handle, provider, event, received_at) "
        "VALUES ('u', 'HOLDER', ?, '330000', ?, 0)",
        (HANDLE, EVENT),
    )
    db.execute("INSERT INTO consent VALUES ('C-1', ?, 'app', ?, 0, 0)", (HANDLE, EVENT))
    db.execute("INSERT INTO objection_document VALUES ('O-1', 0, ?)", (EVENT,))
    db.execute("INSERT INTO answer VALUES ('330000', 'e', 'm', ?, x'00', 0)", (INTENT,))
    db.close()


async def opened(path: Path) -> SealedStore:
    return SealedStore(await open_sqlite(path, sign_checkpoint=None), VAULT)


async def test_rows_of_an_older_program_are_sealed_and_read_as_before(tmp_path: Path) -> None:
    old_database(tmp_path / "node.db")
    assert found_in(tmp_path / "node.db", of_handle(HANDLE)) == of_handle(HANDLE)
    store = await opened(tmp_path / "node.db")

    assert (await seal_old_rows(store, VAULT), await seal_old_rows(store, VAULT)) == (OLD, 0)
    read = store.read
    letters = read.notices.letters("330000", OutboxState.PENDING, None, 1_000)
    assert {one.event for one in letters} == {EVENT}
    assert len(letters) == LETTERS
    assert [one.event for one in read.notices.uses_of(HANDLE, 9)] == [EVENT]
    assert [(one.grantor, one.document) for one in read.consents.of_grantor(HANDLE, 9)] == [(HANDLE, EVENT)]
    assert read.objections.documents("O-1") == [EVENT]
    kept = read.exchanges.answer("330000", "e", "m")
    assert kept is not None
    assert kept.intent == Marks(vault=VAULT).intent(INTENT)
    await store.close()
    assert found_in(tmp_path / "node.db", [*of_handle(HANDLE), INTENT]) == []


async def test_what_was_interrupted_goes_on_at_the_next_start(tmp_path: Path) -> None:
    old_database(tmp_path / "node.db")
    store = await opened(tmp_path / "node.db")
    await store.transact(partial(old_rows._slice, Marks(vault=VAULT)))
    await store.close()
    again = await opened(tmp_path / "node.db")

    assert await seal_old_rows(again, VAULT) == OLD - SLICE
    assert {one.event for one in again.read.notices.letters("330000", OutboxState.PENDING, None, 1_000)} == {EVENT}
    await again.close()


async def test_a_slice_that_fails_leaves_its_rows_as_they_were(tmp_path: Path) -> None:
    old_database(tmp_path / "node.db")
    store = await opened(tmp_path / "node.db")

    def failing(nouns: Nouns) -> None:
        old_rows._slice(Marks(vault=VAULT), nouns)
        raise ValueError("after the slice")

    with pytest.raises(ValueError, match="after the slice"):
        await store.transact(failing)
    assert len(store.read.unsealed.some(1_000)) == OLD
    await store.close()


async def test_a_row_is_sealed_once(tmp_path: Path) -> None:
    old_database(tmp_path / "node.db")
    store = await opened(tmp_path / "node.db")
    first = store.read.unsealed.some(1)[0]
    await store.transact(lambda nouns: nouns.unsealed.seal(first))

    assert first.kept is Kept.LETTER
    with pytest.raises(StoreError, match="unsealed"):
        await store.transact(lambda nouns: nouns.unsealed.seal(first))
    await store.close()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("UPDATE outbox SET event = zeroblob(5000)", id="changed"),
        pytest.param("UPDATE outbox SET notice_id = 'other'", id="under another id"),
        pytest.param("UPDATE outbox SET peer = '340000'", id="for another province"),
    ],
)
async def test_a_row_that_was_changed_or_moved_does_not_open(tmp_path: Path, change: str) -> None:
    old_database(tmp_path / "node.db")
    store = await opened(tmp_path / "node.db")
    await seal_old_rows(store, VAULT)
    await store.close()
    db = sqlite3.connect(tmp_path / "node.db")
    db.execute("DELETE FROM outbox WHERE seq > 1")
    db.execute(change)
    db.commit()
    db.close()
    again = await opened(tmp_path / "node.db")

    with pytest.raises(StoreError, match="does not open with this node's key"):
        again.read.notices.head("340000" if "340000" in change else "330000")
    await again.close()
