"""Every question that the outbox is asked has an index: a queue of a year is looked through by nobody, least of all for a peer."""

from pathlib import Path

import pytest

from node.storage.sqlite.database import connect
from node.storage.sqlite.deferrals import _COUNT_OF
from node.storage.sqlite.deferrals import _PURGE as _PURGE_DEFERRALS
from node.storage.sqlite.migrate import migrate
from node.storage.sqlite.notices import _NAMED, _PAGES


@pytest.mark.parametrize("sql", [*_PAGES.values(), *_NAMED.values(), _COUNT_OF, _PURGE_DEFERRALS])
def test_nothing_is_scanned_and_nothing_is_sorted(tmp_path: Path, sql: str) -> None:
    db = connect((tmp_path / "node.db").as_uri())
    migrate(db)
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?"))]
    db.close()

    assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step]
    assert not [step for step in plan if "outbox" in step and "(peer=?)" in step]
