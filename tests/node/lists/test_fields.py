"""The field tables against the entries that travel: same members, same kinds, same defaults; and every heading is a heading of one."""

from dataclasses import MISSING, fields
from typing import Any

import pytest

from federation.model import catalogue, decision, uselist
from federation.model.catalogue import CatalogueEntry
from federation.model.decision import Decision
from federation.model.uselist import UseListLine
from node.library.codes import default_codes
from node.lists.cells import MAX_CELL_CHARS
from node.lists.fields import FIELDS, KEYS, Form, completed
from node.lists.tables import words
from node.ports.lists import Kind
from tests.node.lists.entries import GOOD, PROVINCE

MODELS: dict[Kind, type[Any]] = {
    Kind.CATALOGUE: CatalogueEntry,
    Kind.USELIST: UseListLine,
    Kind.DECISIONS: Decision,
}
FORMS: dict[Any, set[Form]] = {
    str: {Form.TEXT, Form.DAY, Form.TIME},
    int: {Form.NUMBER},
    tuple[str, ...]: {Form.TEXTS},
    tuple[dict[str, Any], ...]: {Form.STEPS},
    tuple[catalogue.FaceField, ...]: {Form.FACE},
}
FACE_CELL = len("|" * 3 + "NUMBER" + "是" + "^") + 2 * 64


@pytest.mark.parametrize("kind", list(Kind))
def test_the_members_are_those_of_the_model_in_its_order(kind: Kind) -> None:
    assert [field.name for field in FIELDS[kind]] == [one.name for one in fields(MODELS[kind])]


@pytest.mark.parametrize("kind", list(Kind))
def test_the_kinds_are_those_of_the_model(kind: Kind) -> None:
    assert all(field.form in FORMS[one.type] for field, one in zip(FIELDS[kind], fields(MODELS[kind]), strict=True))


@pytest.mark.parametrize("kind", list(Kind))
def test_what_the_model_needs_is_needed_or_given(kind: Kind) -> None:
    needed = {one.name for one in fields(MODELS[kind]) if one.default is MISSING}
    table = {field.name: field for field in FIELDS[kind]}

    assert all(table[name].needed or table[name].given or table[name].needed_with for name in needed)


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_left_out_stands_for_what_the_model_takes(kind: Kind) -> None:
    for field, one in zip(FIELDS[kind], fields(MODELS[kind]), strict=True):
        if one.default is not MISSING and not field.needed:
            empty = tuple(field.empty) if isinstance(field.empty, list) else field.empty
            assert empty == one.default, field.name


@pytest.mark.parametrize("kind", list(Kind))
def test_no_heading_stands_for_two_members(kind: Kind) -> None:
    names = [name for field in FIELDS[kind] for name in (field.name, field.heading)]

    assert len(names) == len(set(names))
    assert KEYS[kind] in names


@pytest.mark.parametrize("kind", list(Kind))
def test_every_table_that_is_named_is_there(kind: Kind) -> None:
    assert all(words(default_codes(), field.table) for field in FIELDS[kind] if field.table)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_longest_good_value_fits_a_spreadsheet_cell(kind: Kind) -> None:
    for field in FIELDS[kind]:
        if field.form is Form.FACE:
            assert field.items * FACE_CELL <= MAX_CELL_CHARS
        elif field.form is Form.TEXTS and not field.table:
            assert field.items * (field.limit + 1) <= MAX_CELL_CHARS


def test_a_completed_entry_is_what_the_model_would_write() -> None:
    line = completed(Kind.USELIST, GOOD[Kind.USELIST], PROVINCE)
    entry = completed(Kind.CATALOGUE, GOOD[Kind.CATALOGUE], PROVINCE)
    ruling = completed(Kind.DECISIONS, GOOD[Kind.DECISIONS], PROVINCE)

    assert uselist.from_dict(line).to_dict() == line
    assert catalogue.from_dict(entry).to_dict() == entry
    assert decision.from_dict(ruling).to_dict() == ruling


def test_a_column_alone_is_a_face_field_of_that_name() -> None:
    entry = completed(
        Kind.CATALOGUE, {"surface_schema": ["KZ_面积", {"column_name": "B", "sensitive": True}]}, PROVINCE
    )

    assert entry["surface_schema"] == [
        {"column_name": "KZ_面积", "name": "面积", "value_type": "TEXT", "sensitive": False},
        {"column_name": "B", "name": "B", "value_type": "TEXT", "sensitive": True},
    ]
