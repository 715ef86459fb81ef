"""A node whose database is put back to an older copy signs nothing that contradicts what it signed before. DESIGN §2.7."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from node.library.invented import STORY_HOLDER
from scripts._mesh.counter import Counter
from scripts._mesh.mesh import Mesh, wait_for
from trust.errors import EvidenceError
from trust.fork import convict, read_exhibit
from trust.membership import parse, signed_from_json

pytestmark = pytest.mark.timeout(300)

CONSUMER, PROVIDER = "310000", "330000"


def copied(source: Path, target: Path) -> None:
    """A consistent copy of a database that may be in use."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def put_back(copy: Path, database: Path) -> None:
    """The database of a node that is stopped is this copy from here on."""
    for name in ("-wal", "-shm"):
        database.with_name(database.name + name).unlink(missing_ok=True)
    database.write_bytes(copy.read_bytes())


def newest_signed(database: Path) -> int:
    """The size of the newest head that was signed and stored."""
    with closing(sqlite3.connect(database)) as db:
        size: int = db.execute("SELECT max(size) FROM checkpoint").fetchone()[0]
    return size


def witnesses_of(mesh: Mesh, province: str) -> int:
    """How many entries of a province somebody cosigned."""
    size: int = mesh.status(province)["witness"]["witnessed_size"]
    return size


def provider_says(counter: Counter) -> str:
    """Why the provider does not pass a fresh application; "" where it does."""
    verdicts = {one["areaCode"]: one for one in counter.apply(STORY_HOLDER).data["verdicts"]}
    return ",".join(one["reason"] for one in verdicts[PROVIDER]["reasons"])


def test_a_database_put_back_is_found_at_the_start_and_the_right_one_goes_on(mesh: Mesh, tmp_path: Path) -> None:
    """The peers tell it at its start what it signed; it refuses every exchange with the reason, and makes no fork."""
    database = mesh.config(PROVIDER).node.data / "certmesh.db"
    wait_for("somebody cosigned the log", lambda: witnesses_of(mesh, PROVIDER) > 0)
    copied(database, tmp_path / "older.db")
    counter = Counter(CONSUMER, mesh.folder.config(CONSUMER))
    counter.apply(STORY_HOLDER)
    assert mesh.stop([PROVIDER]) == {PROVIDER: 0}
    copied(database, tmp_path / "right.db")

    put_back(tmp_path / "older.db", database)
    mesh.start([PROVIDER])
    lost = mesh.status(PROVIDER)["witness"]

    assert lost["lost"]["size"] > 0
    assert "put back the database" in lost["lost"]["next_step"]
    wait_for("it refuses with the reason", lambda: provider_says(counter) == "LOG_LOST")
    assert mesh.stop([PROVIDER]) == {PROVIDER: 0}

    # Once more: it has entries without a signature by now, and knows by itself that it may not sign them.
    mesh.start([PROVIDER])
    assert mesh.status(PROVIDER)["witness"]["lost"] == lost["lost"]
    assert mesh.stop([PROVIDER]) == {PROVIDER: 0}
    assert newest_signed(database) == newest_signed(tmp_path / "older.db")

    put_back(tmp_path / "right.db", database)
    mesh.start([PROVIDER])
    assert mesh.status(PROVIDER)["witness"]["lost"] is None
    wait_for("the provider answers again", lambda: provider_says(counter) == "")
    assert all(mesh.verify(code)["ok"] for code in mesh.nodes)
    membership = parse(signed_from_json(mesh.folder.membership.read_bytes()).payload)
    for code in mesh.nodes:  # peers may have noted that it could not prove itself for a while; nothing convicts it
        for file in (mesh.config(code).node.data / "exhibits").glob("fork-*.json"):
            with pytest.raises(EvidenceError, match="not proven"):
                convict(read_exhibit(file.read_bytes()), membership.member(PROVIDER).signing_certificate.public_key)
