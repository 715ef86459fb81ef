"""Who is let in. REQUIREMENTS §4.1, §11.3; RFC 6750."""

from dataclasses import replace

import pytest

from node.rest.auth import Doorkeeper
from tests.node.rest.edge import (
    APPS,
    BEARER,
    CALLER,
    OTHER_TOKEN,
    SEARCH,
    SEARCH_DATA,
    TOKEN,
    FakeServices,
    edge,
    message,
)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no token at all"),
        pytest.param({"Authorization": "Bearer wrong"}, id="a token nobody knows"),
        pytest.param({"Authorization": "Bearer " + "x" * 5000}, id="a token of 5000 characters"),
        pytest.param({"Authorization": "Bearer "}, id="the scheme without a token"),
        pytest.param({"Authorization": f"Basic {TOKEN}"}, id="another scheme"),
        pytest.param({"Authorization": TOKEN}, id="a token without a scheme"),
        pytest.param({"Authorization": f"Bearer {APPS[0].token_sm3_hex}"}, id="the digest instead of the token"),
    ],
)
async def test_a_stranger_is_refused_with_401(services: FakeServices, headers: dict[str, str]) -> None:
    async with edge(services) as client:
        response = await client.post(SEARCH, json=message(SEARCH_DATA), headers=headers)
        head = (await response.json())["head"]

    assert (response.status, head["status"], head["reason"]) == (401, "1", "NOT_AUTHORISED")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert services.asked == []


async def test_a_stranger_learns_nothing_about_the_body(services: FakeServices) -> None:
    async with edge(services) as client:
        response = await client.post(SEARCH, data=b"{not json", headers={"Content-Type": "application/json"})

        assert response.status == 401


@pytest.mark.parametrize(
    ("headers", "head", "app_id"),
    [
        pytest.param(BEARER, {}, "hall", id="by the header"),
        pytest.param({"Authorization": f"bearer {OTHER_TOKEN}"}, {}, "kiosk", id="by the header in small letters"),
        pytest.param({}, {"accessToken": OTHER_TOKEN}, "kiosk", id="by head.accessToken"),
        pytest.param(BEARER, {"appId": "hall"}, "hall", id="by the header, naming itself"),
    ],
)
async def test_an_application_is_known_by_its_token(
    services: FakeServices, headers: dict[str, str], head: dict[str, str], app_id: str
) -> None:
    async with edge(services) as client:
        response = await client.post(SEARCH, json=message(SEARCH_DATA, **head), headers=headers)

    assert response.status == 200
    assert app_id == services.asked[0][0].app_id


@pytest.mark.parametrize(
    ("path", "head", "status", "named"),
    [
        pytest.param(f"{SEARCH}?access_token={TOKEN}", {}, 400, "query string", id="a token in the query string"),
        pytest.param(SEARCH, {"accessToken": TOKEN}, 400, "head.accessToken", id="two tokens"),
        pytest.param(SEARCH, {"appId": "kiosk"}, 401, "head.appId", id="the name of another application"),
    ],
)
async def test_a_wrong_way_to_sign_in_is_named(
    services: FakeServices, path: str, head: dict[str, str], status: int, named: str
) -> None:
    async with edge(services) as client:
        response = await client.post(path, json=message(SEARCH_DATA, **head), headers=BEARER)
        text = await response.text()

    assert status == response.status
    assert named in text
    assert TOKEN not in text


@pytest.mark.parametrize("digest", ["", "zz" * 32, "ab" * 31])
def test_a_malformed_digest_is_refused_at_start(digest: str) -> None:
    broken = replace(APPS[0], token_sm3_hex=digest)

    with pytest.raises(ValueError, match="application hall"):
        Doorkeeper([broken])


async def test_the_unit_comes_from_the_token(services: FakeServices) -> None:
    async with edge(services) as client:
        await client.post(SEARCH, json=message(SEARCH_DATA), headers=BEARER)

    assert services.asked[0][0] == CALLER
