"""How objections are found: what is asked every few seconds, and by whoever asks for a page, looks at no case that it does not show."""

from pathlib import Path

import pytest

from node.storage.sqlite import objections
from node.storage.sqlite.database import connect
from node.storage.sqlite.migrate import migrate


@pytest.mark.parametrize(
    ("sql", "count", "index"),
    [
        pytest.param(objections._OVERDUE, 2, "objection_late", id="what is late and was not escalated"),
        pytest.param(objections._LATE, 2, "COVERING INDEX objection_place", id="how many are late"),
        pytest.param(objections._PAGE, 5, "objection_place", id="a page of one part and state"),
        pytest.param(objections._DISPUTED, 2, "objection_waiting (certificate=?", id="whether one is disputed"),
        pytest.param(objections._WAITING_OF, 1, "COVERING INDEX objection_raiser", id="how many of a province wait"),
        pytest.param(objections._COUNTS, 0, "objection_tally", id="how many there are"),
        pytest.param(objections._ENDED, 2, "objection_ended", id="what is to be forgotten"),
        pytest.param(objections._ERRAND, 1, "objection_errand_next", id="what a peer is to be told"),
    ],
)
def test_objections_are_found_by_index_and_not_sorted(tmp_path: Path, sql: str, count: int, index: str) -> None:
    db = connect((tmp_path / "node.db").as_uri())
    migrate(db)
    steps = [row[-1] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", ("1",) * count)]
    db.close()

    assert index in " ".join(steps)
    assert not [one for one in steps if "TEMP B-TREE" in one or one == "SCAN objection"]
