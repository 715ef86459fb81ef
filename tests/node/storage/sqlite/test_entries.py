"""What SQLite does behind `Publications`: both ways to find changes, and the indexes that look-ups use. node.storage.sqlite.entries."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from node.storage.sqlite import drafts, entries, line_statistics, open_sqlite, publications, usage
from node.storage.sqlite.entries import Entries
from node.storage.sqlite.publications import SqlitePublications
from node.storage.sqlite.session import Session
from tests.node.storage.contract.test_publications_random import Run, hold
from tests.node.storage.sqlite.test_schema import migrated


class Walking(Run):
    """Takes all changes for many: they are found by walking the keys."""

    def check(self) -> None:
        held, model = SqlitePublications(Session(self.store._db)), self.model  # type: ignore[attr-defined]
        held._entries = Entries(Session(self.store._db), many=0)  # type: ignore[attr-defined]
        for since, before in model.versions.items():
            for until, state in model.versions.items():
                if since <= until:
                    assert self.applied(held.changes, before, since, until) == state


def test_changes_found_by_walking_the_keys_are_the_same(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        store = runner.run(open_sqlite(tmp_path / "node.db", sign_checkpoint=None))
        hold(lambda publisher: Walking(store, publisher), runner, examples=60)
        runner.run(store.close())


def plans(module: ModuleType, path: Path) -> Iterator[tuple[str, list[str]]]:
    """How SQLite will run each statement of a module."""
    db = migrated(path)
    for name, sql in vars(module).items():
        if name != "_COLUMNS" and isinstance(sql, str) and re.match(r"\s*(SELECT|UPDATE|DELETE)", sql):
            names = re.findall(r":(\w+)", sql)
            values = dict.fromkeys(names) if names else [None] * sql.count("?")
            yield name, [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    db.close()


@pytest.mark.parametrize(
    "module", [drafts, entries, line_statistics, publications, usage], ids=lambda one: one.__name__
)
def test_every_statement_on_lists_finds_its_rows_by_an_index(module: ModuleType, tmp_path: Path) -> None:
    tables = "publication|list_|usage_|line_|receipt"
    found = list(plans(module, tmp_path / "node.db"))

    assert found
    assert [(name, step) for name, plan in found for step in plan if re.match(f"SCAN ({tables})", step)] == []


@pytest.mark.parametrize(
    ("name", "index"),
    [
        pytest.param("_PAGE", "sqlite_autoindex_publication_entry_1", id="a page"),
        pytest.param("_WALK", "sqlite_autoindex_publication_entry_1", id="many changes"),
        pytest.param("_FEW", "COVERING INDEX publication_entry_since", id="few changes: what was put"),
        pytest.param("_FEW", "COVERING INDEX publication_entry_until", id="few changes: what was closed"),
        pytest.param("_OPEN_LEAVES", "COVERING INDEX publication_entry_bucket", id="the leaves of a bucket"),
        pytest.param("_OTHERS", "COVERING INDEX publication_entry_until", id="whether another version is staged"),
    ],
)
def test_entries_are_chosen_in_the_index_that_is_meant_for_it(name: str, index: str, tmp_path: Path) -> None:
    plan = dict(plans(entries, tmp_path / "node.db"))[name]

    assert any(index in step for step in plan)


@pytest.mark.parametrize("name", ["_PAGE", "_WALK", "_OPEN_LEAVES", "_ENTRY"])
def test_a_page_ends_reading_where_it_is_full(name: str, tmp_path: Path) -> None:
    assert not any("TEMP B-TREE" in step for step in dict(plans(entries, tmp_path / "node.db"))[name])
