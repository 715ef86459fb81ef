"""What SQLite does behind `Publications`: both ways to find changes, and the indexes that look-ups use. node.storage.sqlite.entries."""

import asyncio
from pathlib import Path

from node.storage.sqlite import open_sqlite
from node.storage.sqlite.entries import Entries
from node.storage.sqlite.publications import SqlitePublications
from node.storage.sqlite.session import Session
from tests.node.storage.contract.test_publications_random import Run, hold


class Walking(Run):
    """Takes all changes for many: they are found by walking the keys."""

    def check(self) -> None:
        publications, model = SqlitePublications(Session(self.store._db)), self.model  # type: ignore[attr-defined]
        publications._entries = Entries(Session(self.store._db), many=0)  # type: ignore[attr-defined]
        for since, before in model.versions.items():
            for until, state in model.versions.items():
                if since <= until:
                    assert self.applied(publications.changes, before, since, until) == state


def test_changes_found_by_walking_the_keys_are_the_same(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        store = runner.run(open_sqlite(tmp_path / "node.db", sign_checkpoint=None))
        hold(lambda publisher: Walking(store, publisher), runner, examples=60)
        runner.run(store.close())
