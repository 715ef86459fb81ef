"""federation.model.catalogue and uselist: entries to JSON and back, and when a line is in force."""

from typing import Any

import pytest
from hypothesis import given, settings

from federation.model import catalogue, uselist
from federation.model.catalogue import CatalogueEntry
from federation.model.uselist import UseListLine
from tests.federation.strategies import record
from trust import canonical

LINE = UseListLine(
    use_list_id="l1",
    consumer_province="310000",
    provider_provinces=("320000",),
    scene_name="s",
    item_code="i1",
    item_name="item",
    business_code="b1",
    use_org_code="o1",
    use_org_name="org",
    type_codes=("T1",),
    purpose="p",
    legal_basis="law",
    auth_mode="DUTY",
    output_modes=("FILE",),
    allowed_fields=(),
    app_ids=(),
    operator_scope=(),
    valid_from="2026-01-01",
    valid_to="2026-12-31",
)


@settings(deadline=None, max_examples=50)
@given(record(CatalogueEntry), record(UseListLine))
def test_entries_and_lines_read_back_from_json(entry: CatalogueEntry, line: UseListLine) -> None:
    assert catalogue.from_dict(canonical.loads(canonical.dumps(entry.to_dict()))) == entry
    assert uselist.from_dict(canonical.loads(canonical.dumps(line.to_dict()))) == line


def test_members_of_a_later_version_are_left_out() -> None:
    assert uselist.from_dict(LINE.to_dict() | {"later": "x"}) == LINE


def test_a_missing_member_is_an_error() -> None:
    raw: dict[str, Any] = LINE.to_dict()
    del raw["item_code"]

    with pytest.raises(TypeError, match="item_code"):
        uselist.from_dict(raw)
    with pytest.raises(TypeError, match="type_code"):
        catalogue.from_dict({})
