"""Sheets in a child process: what comes back is what is read here, and a child that fails is a refusal, never a wait."""

import asyncio
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from federation.model.refusal import Reason
from node.admin import sheets
from node.admin.sheets import read_sheet, write_sheet
from node.errors import RefusedError
from node.lists import files, worker
from node.lists.sheet import MAX_TOLD
from node.ports.lists import Kind
from tests.node.lists.entries import PROVINCE, TODAY, USELIST


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_sheet_is_read_in_the_child_as_it_is_here(form: sheets.Form) -> None:
    bad = {**USELIST, "use_list_id": "320000-NR-0002", "valid_to": "2020-01-01"}

    data = await write_sheet(Kind.USELIST, [USELIST, bad], form, today=TODAY)

    told = await read_sheet(f"a.{form}", data, Kind.USELIST, province=PROVINCE, today=TODAY)
    good, faulty = files.read((f"a.{form}", data), Kind.USELIST, province=PROVINCE, today=TODAY).rows
    assert told.rows == (good, replace(faulty, raw={"use_list_id": "320000-NR-0002"}))
    assert [bool(row.problems) for row in told.rows] == [False, True]


async def test_of_a_faulty_row_no_more_than_its_id_comes_back_and_that_is_short() -> None:
    data = files.write(Kind.USELIST, [{**USELIST, "use_list_id": "x" * 300, "purpose": "长" * 100_000}], "csv")

    (row,) = (await read_sheet("a.csv", data, Kind.USELIST, province=PROVINCE, today=TODAY)).rows

    assert row.raw == {"use_list_id": "x" * worker.LONGEST_ID}
    assert {one.field for one in row.problems} == {"use_list_id", "purpose"}


async def test_of_problems_without_end_so_many_are_told_and_the_rest_are_counted() -> None:
    data = files.write(Kind.USELIST, [{"use_list_id": f"JS-{number}"} for number in range(MAX_TOLD)], "csv")

    told = await read_sheet("a.csv", data, Kind.USELIST, province=PROVINCE, today=TODAY)

    whole = files.read(("a.csv", data), Kind.USELIST, province=PROVINCE, today=TODAY)
    found = sum(len(row.problems) for row in whole.rows)
    assert found > 5 * MAX_TOLD
    assert sum(len(row.problems) for row in told.rows) == MAX_TOLD
    assert (told.more, told.good) == (found - MAX_TOLD, False)
    assert all(row.problems for row in told.rows)


async def test_what_is_wrong_with_the_file_is_told() -> None:
    told = await read_sheet("a.xlsx", b"PK", Kind.USELIST, province=PROVINCE, today=TODAY)

    assert told.rows == ()
    assert "XLSX" in told.problems[0].message


async def test_a_child_that_ends_early_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sys.executable` that cannot run the worker stands for a child that the bounds have ended."""
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))

    with pytest.raises(RefusedError) as refused:
        await read_sheet("a.csv", b"x" * 1_000_000, Kind.USELIST, province=PROVINCE, today=TODAY)

    assert refused.value.refusal.reason is Reason.TOO_LARGE


def children() -> set[str]:
    """The ids of this process's children."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


async def test_no_child_is_left_when_the_caller_goes_away() -> None:
    before, begun = children(), asyncio.Event()

    def entries() -> Iterator[dict[str, Any]]:
        begun.set()
        while True:
            yield USELIST

    task = asyncio.create_task(write_sheet(Kind.USELIST, entries(), "csv", today=TODAY))
    await begun.wait()
    started = children() - before
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(started) == 1
    assert not started & children()


def test_the_answer_is_a_line_for_the_file_and_a_line_for_each_row() -> None:
    data = files.write(Kind.USELIST, [USELIST], "csv", today=TODAY)
    request = {"do": "read", "name": "a.csv", "kind": "uselist", "province": PROVINCE, "today": TODAY.isoformat()}
    told = io.BytesIO()

    worker.answer(io.BytesIO(json.dumps(request).encode() + b"\n" + data), told)

    file, row = (json.loads(line) for line in told.getvalue().splitlines())
    assert (file, row[0], row[1]["use_list_id"], row[2]) == ([[], 0], 2, USELIST["use_list_id"], [])


def test_the_child_writes_what_files_write() -> None:
    request = {"do": "write", "form": "csv", "kind": "uselist", "today": date(2026, 11, 1).isoformat()}
    told = io.BytesIO()

    worker.answer(io.BytesIO(b"\n".join(json.dumps(one).encode() for one in (request, USELIST))), told)

    assert told.getvalue() == files.write(Kind.USELIST, [USELIST], "csv", today=TODAY)
