"""The child process that reads or writes one sheet: `python -m node.lists.worker`. A line of JSON asks, then come bytes.

A stranger's workbook is decoded here, within bounds on memory and processor time, and a sheet of 50,000 rows takes nothing from the node's
event loop: a thread would, because it shares the interpreter. Read: the answer is a line with the problems of the file and the number of
those of rows that are not told, then a line a row; of faulty rows only the id, and nothing of those beyond the bound.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from node.lists import files
from node.lists.fields import KEYS
from node.lists.problem import Problem
from node.lists.sheet import MAX_TOLD, Sheet
from node.ports.lists import Kind

MEMORY = 3 << 30  # bytes of address space
CPU_S = 240
LONGEST_ID = 200  # characters; those of good rows are shorter


def main() -> None:
    """Answer one request."""
    for kind, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))
    answer(sys.stdin.buffer, sys.stdout.buffer)


def answer(asked: BinaryIO, told: BinaryIO) -> None:
    """Read the request from one stream and write the answer to the other."""
    request = json.loads(asked.readline())
    kind, today = Kind(request["kind"]), date.fromisoformat(request["today"])
    if request["do"] == "write":
        entries = [json.loads(line) for line in asked]
        told.write(files.write(kind, entries, request["form"], today=today))
    else:
        source = (request["name"], asked.read())
        sheet = files.read(source, kind, province=request["province"], today=today)
        told.writelines(_lines(sheet))
    told.flush()


def _lines(sheet: Sheet) -> Iterator[bytes]:
    found = sum(len(row.problems) for row in sheet.rows)
    yield _line([[_plain(one) for one in sheet.problems], max(found - MAX_TOLD, 0)])
    left = MAX_TOLD
    for row in sheet.rows:
        told = row.problems[:left]
        left -= len(told)
        if told or not row.problems:
            raw = _named(sheet.kind, row.raw) if told else row.raw
            yield _line([row.number, raw, [_plain(one) for one in told]])


def _named(kind: Kind, raw: dict[str, Any]) -> dict[str, Any]:
    """Of a faulty row only its id: nothing else is asked of it, and its cells may be as long as the file."""
    entry_id = raw.get(KEYS[kind])
    return {KEYS[kind]: entry_id[:LONGEST_ID]} if isinstance(entry_id, str) else {}


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _plain(problem: Problem) -> list[str]:
    return [problem.field, problem.message, problem.zh]


if __name__ == "__main__":
    main()
