"""The OpenAPI document is whole: every route, every reference, every code. OpenAPI 3.1.0, §4."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from federation.model.refusal import MEANINGS
from node.rest.app import make_app
from node.rest.retrieval import FileWish
from tests.node.rest.edge import (
    APPLY,
    APPS,
    BATCH,
    BEARER,
    DATA,
    FILE,
    INFO,
    NOW,
    PROVINCE,
    SEARCH,
    FakeServices,
    edge,
)
from tests.node.rest.holding import FakeConsents, FakeHolders
from tests.node.rest.objecting import FakeObjecting
from tests.node.rest.telling import FakeHolderUses
from tests.node.rest.timelines import FakeTimelines

POSTS = [APPLY, SEARCH, FILE, DATA, BATCH, INFO]


async def _document(services: FakeServices) -> dict[str, Any]:
    async with edge(services) as client:
        response = await client.get("/elc/v1/openapi.json")

        assert (response.status, response.content_type) == (200, "application/json")
        document: dict[str, Any] = await response.json()
        return document


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    if isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from _nodes(inner)


async def test_every_route_of_the_router_is_described(services: FakeServices) -> None:
    app = make_app(
        province=PROVINCE,
        apps=APPS,
        applications=services,
        verdicts=services,
        consents=FakeConsents(),
        holders=FakeHolders(),
        holder_uses=FakeHolderUses(),
        objecting=FakeObjecting(),
        search=services,
        receipts=services,
        proofs=services,
        uses=services,
        retrieval=services,
        downloads=services,
        verification=services,
        info_verification=services,
        explaining=services,
        timelines=FakeTimelines(),
        clock=lambda: NOW,
        new_id=lambda: "x",
    )
    served = {
        (route.method.lower(), route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    paths = (await _document(services))["paths"]

    assert served == {(method, path) for path, item in paths.items() for method in item}


async def test_the_document_has_the_shape_of_openapi_3_1(services: FakeServices) -> None:
    document = await _document(services)
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    ids = [operation["operationId"] for operation in operations]

    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert {"title", "version"} <= document["info"].keys()
    assert len(ids) == len(set(ids))
    assert all(operation["summary"] and operation["responses"] for operation in operations)
    assert all(answer["description"] for operation in operations for answer in operation["responses"].values())
    assert all(re.fullmatch(r"[a-zA-Z0-9._-]+", name) for name in document["components"]["schemas"])


async def test_every_reference_leads_somewhere_and_every_schema_is_used(services: FakeServices) -> None:
    document = await _document(services)
    refs = {node["$ref"] for node in _nodes(document) if isinstance(node, dict) and "$ref" in node}

    assert refs == {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


@pytest.mark.parametrize("path", POSTS)
async def test_a_route_tells_its_body_its_answers_and_its_refusals(services: FakeServices, path: str) -> None:
    operation = (await _document(services))["paths"][path]["post"]

    assert operation["requestBody"]["required"]
    assert {"200", "400", "401", "408", "413", "415", "429", "500", "503"} == operation["responses"].keys()
    assert "Retry-After" in operation["responses"]["503"]["headers"]
    assert (path == FILE) == ("application/ofd" in operation["responses"]["200"]["content"])
    assert "security" not in operation  # that of the document: a token


async def test_the_names_are_those_of_the_wire(services: FakeServices) -> None:
    schemas = (await _document(services))["components"]["schemas"]

    assert {"applyId"} == set(schemas[FileWish.__name__]["required"])
    assert schemas["SearchData"]["additionalProperties"] is False
    assert {"certificateHolderCode", "certificateTypeCode", "areaCodes"} <= schemas["SearchData"]["properties"].keys()
    assert {"certificateID", "dataSource", "nodeId"} <= schemas["FoundItem"]["properties"].keys()


async def test_every_code_is_listed(services: FakeServices) -> None:
    document = await _document(services)
    listed = {(row["status"], row["reason"]) for row in document["x-certmesh-codes"]}

    assert {(str(one.code), reason.value) for reason, one in MEANINGS.items()} < listed
    assert {("0", ""), ("209", "INCOMPLETE")} < listed


async def test_the_headers_of_a_file_are_those_described(services: FakeServices) -> None:
    described = (await _document(services))["paths"][FILE]["post"]["responses"]["200"]["headers"]
    async with edge(services) as client:
        body = {"data": {"applyId": "A-1", "certificateID": "1.2"}}
        response = await client.post(FILE, json=body, headers=BEARER)

    assert described.keys() <= {str(name) for name in response.headers}
