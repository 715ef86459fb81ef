"""GET /elc/v1/download/{token}: proper statuses, its own caller, once. REQUIREMENTS P16."""

from typing import Any

import pytest

from federation.model.refusal import Reason
from node.rest.retrieval import FileAnswer
from tests.node.rest.edge import (
    BEARER,
    FILE,
    FILE_DATA,
    IDENTIFIER,
    OTHER_TOKEN,
    Client,
    FakeServices,
    edge,
    logged,
    message,
    refused,
)


async def address(client: Client, **data: str) -> str:
    response = await client.post(FILE, json=message({**FILE_DATA, "deliver": "URL", **data}), headers=BEARER)
    answer = FileAnswer.model_validate_json(await response.text())
    assert (answer.data.content, answer.data.url_expires_at) == ("", "2026-03-01T08:40:00+00:00")
    return answer.data.file_url


async def test_a_file_is_fetched_by_its_address_once(services: FakeServices) -> None:
    async with edge(services) as client:
        url = await address(client)
        first = await client.get(url, headers=BEARER)
        body = await first.read()
        second = await client.get(url, headers=BEARER)
        head = (await second.json())["head"]

    assert (first.status, first.content_type, body) == (200, "application/ofd", services.content)
    assert (second.status, second.content_type) == (410, "application/json")
    assert (head["reason"], head["detail"]) == ("DOWNLOAD_SPENT", "used")
    assert set() == services.open_files


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 401, id="no token"),
        pytest.param({"Authorization": "Bearer wrong"}, 401, id="an unknown token"),
        pytest.param({"Authorization": f"Bearer {OTHER_TOKEN}"}, 404, id="another application's"),
    ],
)
async def test_the_address_alone_is_not_enough(services: FakeServices, headers: dict[str, str], status: int) -> None:
    async with edge(services) as client:
        url = await address(client)
        response = await client.get(url, headers=headers)
        again = await client.get(url, headers=BEARER)

        assert (response.status, response.content_type) == (status, "application/json")
        assert again.status == 200


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        pytest.param(Reason.DOWNLOAD_SPENT, 410, id="used or expired"),
        pytest.param(Reason.LINE_STOPPED, 403, id="stopped meanwhile"),
        pytest.param(Reason.USE_LIST_MISSING, 403, id="withdrawn meanwhile"),
        pytest.param(Reason.OVERLOADED, 429, id="too much at once"),
        pytest.param(Reason.INTERNAL, 500, id="a fault of this node"),
    ],
)
async def test_what_cannot_be_fetched_has_a_status_and_says_why(
    services: FakeServices, reason: Reason, status: int
) -> None:
    services.refuse = refused(reason, "said")
    async with edge(services) as client:
        response = await client.get("/elc/v1/download/x", headers=BEARER)
        head = (await response.json())["head"]

    assert (response.status, head["reason"], head["detail"]) == (status, reason.value, "said")


async def test_an_unknown_address_is_not_found(services: FakeServices) -> None:
    async with edge(services) as client:
        response = await client.get("/elc/v1/download/x", headers=BEARER)

        assert response.status == 404


async def test_a_look_at_the_head_does_not_use_it_up(services: FakeServices) -> None:
    async with edge(services) as client:
        url = await address(client)
        looked = await client.head(url, headers=BEARER)
        fetched = await client.get(url, headers=BEARER)

        assert (looked.status, fetched.status) == (405, 200)


async def test_a_query_string_is_refused_before_anything_is_used(services: FakeServices) -> None:
    async with edge(services) as client:
        url = await address(client)
        odd = await client.get(f"{url}?access_token=x", headers=BEARER)
        fetched = await client.get(url, headers=BEARER)

        assert (odd.status, fetched.status) == (400, 200)


async def test_neither_address_nor_log_tells_what_or_whose_it_is(services: FakeServices) -> None:
    with logged() as stream:
        async with edge(services, url_base="https://node.example") as client:
            url = await address(client)
            token = url.rpartition("/")[2]
            await client.get(f"/elc/v1/download/{token}", headers=BEARER)

    assert url.startswith("https://node.example/elc/v1/download/")
    assert IDENTIFIER not in url
    assert token not in stream.getvalue()


@pytest.mark.parametrize(
    ("form", "media"),
    [("svg", "image/svg+xml"), ("png", "image/png"), ("pdf", "application/pdf")],
)
async def test_a_picture_says_what_it_is_and_of_how_many_pages(services: FakeServices, form: str, media: str) -> None:
    async with edge(services) as client:
        data: dict[str, Any] = FILE_DATA | {"fileFormat": form, "page": 2}
        response = await client.post(FILE, json=message(data), headers=BEARER)

        assert (response.content_type, response.headers["X-Certmesh-Pages"]) == (media, "2")
        assert response.headers["Content-Disposition"].endswith(f'.{form}"')


async def test_there_is_no_picture_of_an_original(services: FakeServices) -> None:
    async with edge(services) as client:
        response = await client.post(
            FILE, json=message(FILE_DATA | {"fileFormat": "png", "original": True}), headers=BEARER
        )

        assert (response.status, services.asked) == (400, [])
