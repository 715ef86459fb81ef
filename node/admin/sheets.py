"""Sheets read and written in a child process (`node.lists.worker`), so that neither their size nor their content is the node's concern."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from itertools import chain
from typing import Any, Literal

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.lists.problem import Problem
from node.lists.sheet import Row, Sheet
from node.ports.lists import Kind

WORK_S = 300.0
MAX_LINE = 8 << 20  # bytes; a row is an entry of at most 64 KiB and its problems, or cells that make none
BREATH = 50  # lines of the child's answer without giving way
Form = Literal["csv", "xlsx"]


async def read_sheet(name: str, data: bytes, kind: Kind, *, province: str, today: date) -> Sheet:
    """The list in a file, with everything that is wrong with it.

    Raises:
        RefusedError: it took too long or too much.
    """
    request = {"do": "read", "name": name, "kind": kind.value, "province": province, "today": today.isoformat()}
    async with _child(request, [data]) as child:
        problems, more = json.loads(await _first(child))
        rows = [row async for row in _rows(child)]
        await _ended(child)
    return Sheet(kind=kind, rows=tuple(rows), problems=tuple(Problem(*one) for one in problems), more=more)


async def write_sheet(kind: Kind, entries: Iterable[Mapping[str, Any]], form: Form, *, today: date) -> bytes:
    """The entries as a file.

    Raises:
        RefusedError: it took too long or too much.
    """
    request = {"do": "write", "kind": kind.value, "form": form, "today": today.isoformat()}
    lines = (json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in entries)
    async with _child(request, lines) as child:
        assert child.stdout is not None
        written = await child.stdout.read()
        await _ended(child)
    return written


@asynccontextmanager
async def _child(request: Mapping[str, Any], parts: Iterable[bytes]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The child, which is handed request and content while its answer is read; whatever happens, it is gone afterwards."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "node.lists.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=MAX_LINE,
    )
    sending = asyncio.create_task(_send(child, [json.dumps(request).encode() + b"\n"], parts))
    try:
        async with asyncio.timeout(WORK_S):
            yield child
    except (TimeoutError, ValueError) as error:  # ValueError: a line beyond all bounds
        raise _gave_up() from error
    finally:
        sending.cancel()
        if child.returncode is None:
            child.kill()
        await child.wait()


async def _send(child: asyncio.subprocess.Process, *many: Iterable[bytes]) -> None:
    """Hand all of it over. A child that has ended reads no more: its answer says so."""
    assert child.stdin is not None
    try:
        for part in chain(*many):
            child.stdin.write(part)
            await child.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        return
    finally:
        child.stdin.close()


async def _first(child: asyncio.subprocess.Process) -> bytes:
    assert child.stdout is not None
    line = await child.stdout.readline()
    if not line:
        raise _gave_up()
    return line


async def _rows(child: asyncio.subprocess.Process) -> AsyncIterator[Row]:
    assert child.stdout is not None
    count = 0
    while line := await child.stdout.readline():
        number, raw, problems = json.loads(line)
        yield Row(number=number, raw=raw, problems=tuple(Problem(*one) for one in problems))
        count += 1
        if count % BREATH == 0:
            await asyncio.sleep(0)


async def _ended(child: asyncio.subprocess.Process) -> None:
    if await child.wait() != 0:
        raise _gave_up()


def _gave_up() -> RefusedError:
    return RefusedError(Reason.TOO_LARGE, "the sheet took more time or memory than a sheet may; divide it")
