"""The OpenAPI 3.1 document of the REST edge, made from the table of routes and the models. Nothing is described by hand twice."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic.json_schema import models_json_schema

from federation.model.refusal import MEANINGS
from node.rest import addresses
from node.rest.call import IDEMPOTENCY_KEY, Route
from node.rest.download import MEDIA_TYPES
from node.rest.envelope import Refused
from node.rest.outcomes import INCOMPLETE_STEP, INCOMPLETE_ZH, PARTIAL

PATH = "/elc/v1/openapi.json"
HEALTH_PATH = "/healthz"
_JSON = "application/json"
_REFUSALS = {
    400: "Malformed JSON, a field that is missing, unknown or wrong, or a query string. `head.detail` names the path.",
    401: "No token, or one that is unknown here.",
    408: "The body did not arrive in time.",
    413: "The body is larger than 1 MiB.",
    415: "Not application/json in UTF-8.",
    429: "The caller's own load is too high; see Retry-After.",
    500: "An error of this node; tell its operator `head.requestId`.",
    503: "This node's load is too high; see Retry-After.",
}
_FILE_HEADERS = {
    "X-Certmesh-Exchange": "The exchange id under which both provinces keep evidence.",
    "X-Certmesh-SM3": "SM3 of the bytes sent, hex.",
    "X-Certmesh-Original-SM3": "SM3 of the issued original, hex.",
    "X-Certmesh-Identifier": "The certificate identifier (GB/T 36904).",
    "X-Certmesh-Province": "The province that provided it.",
    "X-Certmesh-Disputed": "true: somebody objects to the certificate, and that is not settled (异议中).",
    "X-Certmesh-Verdict": "What this node's verification found of the issued file.",
    "X-Certmesh-Pages": "How many pages the document has, where this is a picture of one; otherwise 0.",
    "X-Certmesh-Copy-Expires": "Until when the usage copy holds, RFC 3339; empty: this is the issued original.",
    "Content-Disposition": "A file name made from the identifier.",
}
_DESCRIPTION = (
    "What a province's own systems ask of their node (clause 12). HTTP status 200 stands for every business answer, "
    "refusals included: `head.status` tells, and the codes are under `x-certmesh-codes`."
)


def _codes() -> list[dict[str, str]]:
    """Every value that `head.status` can have, with its reason."""
    fixed = [
        {"status": "0", "reason": "", "owner": "", "message": "成功", "nextStep": ""},
        {
            "status": PARTIAL,
            "reason": "INCOMPLETE",
            "owner": "peer",
            "message": INCOMPLETE_ZH,
            "nextStep": INCOMPLETE_STEP,
        },
    ]
    refusals = [
        {
            "status": str(meaning.code),
            "reason": reason.value,
            "owner": meaning.owner.value,
            "message": meaning.zh,
            "nextStep": meaning.next_step,
        }
        for reason, meaning in MEANINGS.items()
    ]
    return fixed + refusals


def _schema(ref: dict[str, Any]) -> dict[str, Any]:
    return {_JSON: {"schema": ref}}


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string"}}


def _answers(route: Route, told: dict[str, Any], refused: dict[str, Any]) -> dict[str, Any]:
    content = _schema({"anyOf": [told, refused]})
    ok: dict[str, Any] = {"description": "An answer or a business refusal; `head.status` tells.", "content": content}
    if route.sends_file:
        content |= {media: {"schema": {"type": "string", "contentMediaType": media}} for media in MEDIA_TYPES.values()}
        ok["headers"] = {name: _header(text) for name, text in _FILE_HEADERS.items()}
    refusals = {str(status): {"description": text, "content": _schema(refused)} for status, text in _REFUSALS.items()}
    for status in ("429", "503"):
        refusals[status]["headers"] = {"Retry-After": _header("Seconds to wait.")}
    refusals["401"]["headers"] = {"WWW-Authenticate": _header("Bearer")}
    return {"200": ok} | refusals


def _operation(route: Route, refs: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    key = {
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "required": False,
        "description": "The same for every retry of one wish; left out, `head.requestId` serves.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    }
    told, refused = refs[route.tell, "serialization"], refs[Refused, "serialization"]
    return {
        "operationId": route.path.removeprefix("/elc/v1/").replace("/", "_"),
        "summary": route.summary,
        "parameters": [key],
        "requestBody": {"required": True, "content": _schema(refs[route.ask, "validation"])},
        "responses": _answers(route, told, refused),
    }


def _open_route(operation_id: str, summary: str) -> dict[str, Any]:
    """A route that needs no token."""
    answer = {"description": summary, "content": _schema({"type": "object"})}
    return {"get": {"operationId": operation_id, "summary": summary, "security": [], "responses": {"200": answer}}}


def _download(refused: dict[str, Any]) -> dict[str, Any]:
    """The one route that is a GET with a token: it answers with a file, or with a status and a refusal."""
    binary = {media: {"schema": {"type": "string", "contentMediaType": media}} for media in MEDIA_TYPES.values()}
    headers = {name: _header(text) for name, text in _FILE_HEADERS.items()}
    ok = {"200": {"description": "The file, once.", "content": binary, "headers": headers}}
    told = {status: _REFUSALS[status] for status in (400, 401, 429, 500, 503)} | addresses.STATUSES
    refusals = {str(status): {"description": text, "content": _schema(refused)} for status, text in told.items()}
    token = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
    operation = {"operationId": "download", "summary": addresses.SUMMARY, "parameters": [token]}
    return {"get": operation | {"security": [{"bearer": []}], "responses": ok | refusals}}


def document(routes: Sequence[Route], version: str) -> bytes:
    """The whole document as JSON."""
    asked = [(route.ask, "validation") for route in routes]
    told = [(route.tell, "serialization") for route in routes]
    models: list[Any] = [*asked, *told, (Refused, "serialization")]
    refs, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")
    paths = {route.path: {"post": _operation(route, refs)} for route in routes}
    paths[addresses.PATH] = _download(refs[Refused, "serialization"])
    paths[PATH] = _open_route("openapi", "This document.")
    paths[HEALTH_PATH] = _open_route("healthz", "The process is alive.")
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "certmesh 省级节点 REST", "version": version, "description": _DESCRIPTION},
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": paths,
        "security": [{"bearer": []}, {}],
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The application's token; instead of the header it may stand in `head.accessToken`.",
                }
            },
        },
        "x-certmesh-codes": _codes(),
    }
    return json.dumps(whole, ensure_ascii=False).encode()
