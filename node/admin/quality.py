"""GET /admin/v1/quality: what is amiss with certificates' data, by type and issuer; and each finding, as lines of JSON or CSV. P13."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from federation.model.refusal import Reason
from node.admin.paths import QUALITY_FINDINGS_PATH, QUALITY_PATH
from node.errors import RefusedError
from node.lists.csv_file import guarded
from node.usecases.quality import QualityReport

COLUMNS = ("source", "province", "type", "issuer", "certificate", "finding", "title", "found")
_MAX_CODE = 32  # characters; a type's code has 21, an issuer's 18
_FORMATS = frozenset({"", "json", "csv"})


def quality_routes(report: QualityReport) -> Iterable[web.RouteDef]:
    """The routes, over the node's report."""

    async def summary(request: web.Request) -> web.Response:
        return web.json_response({"counts": report.summary(**_filter(request))})

    async def findings(request: web.Request) -> web.StreamResponse:
        wanted, form = _filter(request), request.query.get("format", "")
        if form not in _FORMATS:
            raise RefusedError(Reason.BAD_PARAMETER, "format: json or csv")
        write = _csv if form == "csv" else _json
        response = web.StreamResponse()
        response.content_type = "text/csv" if form == "csv" else "application/x-ndjson"
        response.charset = "utf-8"
        await response.prepare(request)
        if form == "csv":
            await response.write(_csv([dict(zip(COLUMNS, COLUMNS, strict=True))]))
        async for rows in report.findings(**wanted):
            await response.write(write(rows))
        await response.write_eof()
        return response

    return (web.get(QUALITY_PATH, summary), web.get(QUALITY_FINDINGS_PATH, findings))


def _filter(request: web.Request) -> dict[str, str]:
    """Type and issuer, where they are asked for.

    Raises:
        RefusedError: BAD_PARAMETER.
    """
    wanted = {f"{name}_code": request.query.get(name, "") for name in ("type", "issuer")}
    if any(len(code) > _MAX_CODE or not (code.isascii() and code.isalnum()) for code in wanted.values() if code):
        raise RefusedError(Reason.BAD_PARAMETER, "type and issuer: codes of digits and capitals")
    return wanted


def _json(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in rows)


def _csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([guarded(str(one[name])) for name in COLUMNS] for one in rows)
    return text.getvalue().encode()
