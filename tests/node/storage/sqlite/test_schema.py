"""The file itself: its schema, its mode, who may open it. node.storage.sqlite.database, .migrate."""

import json
import sqlite3
import stat
from importlib.resources import files
from pathlib import Path

import pytest

from node.ports.store import StoreError
from node.storage.sqlite import bring_up_to_date, open_sqlite, open_sqlite_read_only
from node.storage.sqlite.database import connect
from node.storage.sqlite.migrate import _apply, migrate, migrations
from tests.node.storage.samples import append, application, sign

SCHEMA = Path(str(files("node.storage.sqlite") / "schema.sql"))


def migrated(path: Path) -> sqlite3.Connection:
    db = connect(path.as_uri())
    migrate(db)
    return db


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def schema_of(db: sqlite3.Connection) -> str:
    """The schema file: every object as it stands, tables first, then in order of name."""
    order = "CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END"
    rows = db.execute(f"SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY {order}, name").fetchall()
    head = "-- The sum of migrations/*.sql, for reading; nothing runs this file, and a test makes it again.\n\n"
    return head + "\n\n".join(f"{sql};" for (sql,) in rows) + "\n"


def test_the_schema_file_is_the_sum_of_the_migrations(tmp_path: Path) -> None:
    db = migrated(tmp_path / "node.db")
    found = schema_of(db)
    db.close()

    assert SCHEMA.read_text() == found


def test_migrations_are_numbered_without_a_gap_and_applied_once(tmp_path: Path) -> None:
    db = migrated(tmp_path / "node.db")
    migrate(db)

    assert list(range(1, len(migrations()) + 1)) == list(migrations())
    assert (max(migrations()),) == db.execute("PRAGMA user_version").fetchone()
    db.close()


def test_a_log_written_before_there_was_an_index_of_answers_is_indexed_once(tmp_path: Path) -> None:
    db = connect((tmp_path / "node.db").as_uri())
    for number, script in migrations().items():
        if number < 19:
            _apply(db, number, script)
    given = {"peer": "330000", "answer": "ab" * 32, "sent": {"A": "answer"}, "time": "2026-03-01T04:00:00.250+00:00"}
    entries = (json.dumps(given).encode(), b"\xff", b"[]", json.dumps(given | {"step": "again"}).encode())
    for index, entry in enumerate(entries):
        db.execute("INSERT INTO evidence (idx, exchange, entry, hashes) VALUES (?, 'e', ?, x'')", (index, entry))
    migrate(db)
    found = db.execute("SELECT peer, issued, answer, idx FROM counterpart").fetchall()
    db.close()

    assert found == [("330000", 1_772_337_600_250, b"\xab" * 32, 0)]


def test_a_database_of_an_older_program_is_brought_up_by_who_writes_and_refused_to_who_reads(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    bring_up_to_date(path)
    assert not path.exists(), "where there is none, none is made"
    db = connect(path.as_uri())
    for number, script in list(migrations().items())[:16]:
        db.executescript(script)
        db.execute(f"PRAGMA user_version = {number:d}")
    db.close()

    with pytest.raises(StoreError, match="start the node once"):
        open_sqlite_read_only(path)
    bring_up_to_date(path)
    open_sqlite_read_only(path).close()


async def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    db = migrated(tmp_path / "node.db")
    db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(StoreError, match="newer certmesh"):
        await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)
    with pytest.raises(StoreError, match="newer certmesh"):
        open_sqlite_read_only(tmp_path / "node.db")


async def test_a_migration_that_fails_leaves_nothing_of_itself(tmp_path: Path) -> None:
    db = connect((tmp_path / "node.db").as_uri())
    db.execute("CREATE TABLE receipt (another INTEGER)")
    with pytest.raises(sqlite3.OperationalError):
        migrate(db)

    assert db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("receipt",)]
    assert db.execute("PRAGMA user_version").fetchone() == (0,)
    db.close()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "node.db").write_bytes(b"not a database, but long enough to look at" * 100)

    with pytest.raises(StoreError, match="cannot be opened"):
        await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_sqlite_read_only(tmp_path / "missing.db")
    assert not (tmp_path / "missing.db").exists()


async def test_the_files_are_the_owners_only_and_the_pragmas_make_commits_durable(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)
    await store.transact(append)
    pragmas = [
        store._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")
    ]

    assert pragmas == ["wal", 2, 1]
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in files_in(tmp_path)}
    await store.close()


async def test_reading_only_sees_what_the_daemon_commits_and_cannot_write(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign)
    reader = open_sqlite_read_only(tmp_path / "node.db")
    await store.transact(lambda nouns: nouns.applications.put_own(application()))

    assert application() == reader.read.applications.own("a1")
    with pytest.raises(StoreError):
        append(reader.read)
    reader.close()
    with pytest.raises(StoreError):
        reader.read.evidence.head()
    await store.close()


async def test_the_log_cannot_be_changed_even_by_hand(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "node.db", sign_checkpoint=None)
    await store.transact(append)

    for sql in ("DELETE FROM evidence", "UPDATE evidence SET entry = x'00'", "UPDATE head SET size = 0"):
        with pytest.raises(sqlite3.IntegrityError):
            store._db.execute(sql)
    await store.close()


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        pytest.param(
            "SELECT 1 FROM certificate_holder WHERE holder_digest = ? AND type_code = ?",
            "PRIMARY KEY",
            id="by holder and type",
        ),
        pytest.param(
            "SELECT seq FROM outbox WHERE peer = ? AND state = 'PENDING' ORDER BY seq LIMIT 1",
            "outbox_pending",
            id="outbox",
        ),
        pytest.param(
            "SELECT idx FROM evidence WHERE exchange = ? AND of_peer = ? ORDER BY idx LIMIT ?",
            "evidence_exchange",
            id="entries of an exchange",
        ),
        pytest.param("SELECT rowid FROM nonce WHERE expires_at < ? LIMIT 5", "nonce_expires", id="expired nonces"),
    ],
)
def test_look_ups_use_their_index(tmp_path: Path, sql: str, index: str) -> None:
    db = migrated(tmp_path / "node.db")
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", ["?"] * sql.count("?")).fetchall()]
    db.close()

    assert len(plan) == 1
    assert index in plan[0]
