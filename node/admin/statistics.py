"""GET /admin/v1/uselist/statistics: how lines are used, as lines of JSON or as CSV, written as they are read. C9-6. No personal data."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from datetime import date
from typing import Any

from aiohttp import web

from federation.model.refusal import Reason
from node.admin.paths import STATISTICS_PATH
from node.errors import RefusedError
from node.lists.csv_file import guarded
from node.usecases.admission.limits import Side
from node.usecases.line_report import MAX_MONTHS, LineReport, LineUse

COLUMNS = (
    "consumer",
    "line",
    "state",
    "calls",
    "passed",
    "hits",
    "empty",
    "hit_rate",
    "retrievals",
    "last_use",
    "refusals",
)
_SLICE = 200  # rows written at once


def statistics_routes(report: LineReport) -> Iterable[web.RouteDef]:
    """The route, over the node's report."""

    async def statistics(request: web.Request) -> web.StreamResponse:
        side, since, months, as_csv = _asked(request)
        rows = report.lines(side, since=since, unused_months=months)
        response = web.StreamResponse()
        response.content_type = "text/csv" if as_csv else "application/x-ndjson"
        response.charset = "utf-8"
        await response.prepare(request)
        if as_csv:
            await response.write(_csv([COLUMNS]))
        async for slice_ in _sliced(rows):
            await response.write(_csv(map(_cells, slice_)) if as_csv else _json(slice_))
        await response.write_eof()
        return response

    return (web.get(STATISTICS_PATH, statistics),)


def _asked(request: web.Request) -> tuple[Side, date | None, int, bool]:
    """The query, read.

    Raises:
        RefusedError: BAD_PARAMETER.
    """
    query = request.query
    try:
        side = Side(query.get("side", Side.CONSUMER.value))
        since = date.fromisoformat(query["since"]) if "since" in query else None
        months = int(query.get("unused", "0"))
    except ValueError as error:
        detail = "side is consumer or provider, since a day such as 2026-01-31, unused a number of months"
        raise RefusedError(Reason.BAD_PARAMETER, detail) from error
    if not 0 <= months <= MAX_MONTHS:
        raise RefusedError(Reason.BAD_PARAMETER, f"unused: from 1 to {MAX_MONTHS} months")
    if (form := query.get("format", "json")) not in {"json", "csv"}:
        raise RefusedError(Reason.BAD_PARAMETER, "format is json or csv")
    return side, since, months, form == "csv"


async def _sliced(rows: AsyncIterator[LineUse]) -> AsyncIterator[list[LineUse]]:
    slice_: list[LineUse] = []
    async for one in rows:
        slice_.append(one)
        if len(slice_) == _SLICE:
            yield slice_
            slice_ = []
    if slice_:
        yield slice_


def _json(rows: Iterable[LineUse]) -> bytes:
    return b"".join(json.dumps(one.to_dict(), ensure_ascii=False).encode() + b"\n" for one in rows)


def _cells(one: LineUse) -> list[Any]:
    row = one.to_dict()
    row["refusals"] = "; ".join(f"{word} {count}" for word, count in row["refusals"].items())
    return [guarded(value) if isinstance(value := row[name], str) else value for name in COLUMNS]


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
