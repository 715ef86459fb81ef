"""The OpenAPI 3.1 document of the lists on the admin port, for the console to come. Bodies come from `list_bodies`.

A test compares its paths with the routes there are.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from node.admin import list_bodies as bodies
from node.admin.paths import LISTS_PREFIX
from node.ports.lists import Kind

PATH = f"{LISTS_PREFIX}openapi.json"
_JSON = "application/json"
_SHEET = "application/octet-stream"
_READS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "": ("Entries with their states, page by page.", ("province", "state", "text", "provider", "after", "limit")),
    "/one": ("One entry: versions, draft, steps, what the providers say.", ("id", "province")),
    "/diff": ("What changed between two versions of the publication.", ("from", "to", "province", "after")),
    "/export": ("The own list as a sheet.", ("format",)),
}
_WAITING: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "/waiting": ("Lines that wait for our decision.", ("consumer", "after", "limit"))
}
_STEPS: Mapping[str, tuple[str, type[BaseModel]]] = {
    "/submit": ("Hand drafts in for review.", bodies.Ids),
    "/review": ("Approve what others handed in, or return it.", bodies.Review),
    "/publish": ("Publish what others wrote, as one version.", bodies.Publish),
    "/drop": ("Forget drafts.", bodies.Drop),
}
_DECIDE: Mapping[str, tuple[str, type[BaseModel]]] = {"/decide": ("Draft a decision.", bodies.Decide)}
_EDITS: Mapping[str, tuple[str, type[BaseModel]]] = {
    "/validate": ("Check an entry.", bodies.Entry),
    "/drafts": ("Draft an entry or its next version.", bodies.Entry),
    "/suspend": ("Hand in that entries be suspended.", bodies.Mark),
    "/resume": ("Hand in that suspended entries go on.", bodies.Mark),
    "/withdraw": ("Hand in that entries be withdrawn.", bodies.Mark),
}
_REFUSALS = {
    "401": "No token, or one that is unknown here.",
    "403": "The manager's roles, or that he wrote it himself, do not allow the step.",
    "409": "The request cannot be read, or cannot be done now; `refusal` tells.",
    "422": "The entry, sheet or step breaks rules: `problems` has row, id, field, message, zh; `more` counts the rest. Nothing was done.",
    "503": "The store refused; look what was done, then repeat.",
}


@cache
def document() -> bytes:
    """The whole document as JSON."""
    models = sorted(
        {model for table in (_STEPS, _DECIDE, _EDITS) for _, model in table.values()}, key=lambda one: one.__name__
    )
    refs, schemas = models_json_schema(
        [(one, "validation") for one in models], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, Any] = {}
    for kind in Kind:
        base, is_decisions = f"{LISTS_PREFIX}{kind.value}", kind is Kind.DECISIONS
        for path, (summary, query) in {**_READS, **(_WAITING if is_decisions else {})}.items():
            paths[base + path] = {"get": _operation(summary, [_parameter(name) for name in query])}
        for path, (summary, model) in ({**_STEPS, **(_DECIDE if is_decisions else _EDITS)}).items():
            paths[base + path] = {"post": _operation(summary, [], {_JSON: {"schema": refs[model, "validation"]}})}
        if not is_decisions:
            paths[f"{base}/import"] = {"post": _importing()}
    return json.dumps(_whole(paths, schemas.get("$defs", {})), ensure_ascii=False).encode()


def _whole(paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    description = "Reading takes the node's token or a manager's, every change a manager's. Two persons stand behind every publication."
    return {
        "openapi": "3.1.0",
        "info": {"title": "certmesh 清单管理", "version": version("certmesh"), "description": description},
        "paths": paths,
        "security": [{"bearer": []}],
        "components": {"schemas": schemas, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(
    summary: str, parameters: list[dict[str, Any]], content: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    refusals = {status: {"description": text} for status, text in _REFUSALS.items()}
    told = {"200": {"description": "Done.", "content": {_JSON: {"schema": {"type": "object"}}}}, **refusals}
    body = {"requestBody": {"required": True, "content": content}} if content else {}
    return {"summary": summary, "parameters": parameters, **body, "responses": told}


def _importing() -> dict[str, Any]:
    """A file as the body with its name in the query, or a form with one file."""
    content = {
        _SHEET: {"schema": {"type": "string", "contentMediaType": _SHEET}},
        "multipart/form-data": {"schema": {"type": "object", "properties": {"file": {"type": "string"}}}},
    }
    return _operation("Make drafts of all rows of a sheet, or of none.", [_parameter("name")], content)


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
