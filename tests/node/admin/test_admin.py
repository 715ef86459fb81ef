"""The operator's edge and its client, over a real loopback socket."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer, unused_port

from federation.model.refusal import Reason
from node.admin.app import make_admin_app
from node.admin.client import AdminClient, AdminError
from node.admin.paths import ADOPT_PATH
from node.errors import ConfigError, RefusedError
from node.metrics import Levels, Metrics

TOKEN = "the-token-in-the-data-directory"


@dataclass
class FakeAdministration:
    """Keeps the contract of `node.ports.services.Administration`."""

    fails: Exception | None = None
    given: list[tuple[str, ...]] = field(default_factory=list)
    adopted: list[bytes] = field(default_factory=list)

    def status(self) -> Mapping[str, Any]:
        return {"province": "320000", "evidence": {"size": 7, "root": "ab"}}

    def orders(self) -> Mapping[str, Any]:
        return {"in_force": 1, "orders": [{"id": "o1"}]}

    async def give_order(self, kind: str, subject: str, action: str, reason: str) -> Mapping[str, Any]:
        if self.fails is not None:
            raise self.fails
        self.given.append((kind, subject, action, reason))
        return {"id": "o1"}

    async def sign_order(self, order_id: str) -> Mapping[str, Any]:
        return {"id": order_id, "signatures_missing": 0}

    async def adopt(self, documents: Sequence[bytes]) -> Mapping[str, Any]:
        if self.fails is not None:
            raise self.fails
        self.adopted = list(documents)
        return {"version": 2, "fingerprint": "ab"}


@asynccontextmanager
async def _admin(
    administration: FakeAdministration, ready: Callable[[], bool] = lambda: True
) -> AsyncIterator[TestClient[Any, Any]]:
    app = make_admin_app(administration=administration, metrics=Metrics(Levels), token=TOKEN, ready=ready)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
def administration() -> FakeAdministration:
    """One that does as it is told."""
    return FakeAdministration()


def _client(server: TestClient[Any, Any], token: str = TOKEN) -> AdminClient:
    return AdminClient(f"http://127.0.0.1:{server.port}", token, timeout_s=5.0)


async def test_health_is_about_the_process_and_readiness_about_the_node(administration: FakeAdministration) -> None:
    draining = False
    async with _admin(administration, lambda: not draining) as server:
        assert (await server.get("/readyz")).status == 200
        assert await asyncio.to_thread(_client(server).ready)
        draining = True

        assert ((await server.get("/healthz")).status, (await server.get("/readyz")).status) == (200, 503)
        assert not await asyncio.to_thread(_client(server).ready)


async def test_the_metrics_page_is_prometheus_text(administration: FakeAdministration) -> None:
    async with _admin(administration) as server:
        response = await server.get("/metrics")

        assert response.content_type == "text/plain"
        assert "certmesh_evidence_size 0" in await response.text()


async def test_the_client_reads_the_status(administration: FakeAdministration) -> None:
    async with _admin(administration) as server:
        assert administration.status() == await asyncio.to_thread(_client(server).status)


async def test_the_client_gives_signs_and_lists_stop_orders(administration: FakeAdministration) -> None:
    order = ("LINE", "JS-0001", "STOP", "疑似滥用")
    async with _admin(administration) as server:
        client = _client(server)
        assert await asyncio.to_thread(client.give_order, *order) == {"id": "o1"}
        assert await asyncio.to_thread(client.sign_order, "o7") == {"id": "o7", "signatures_missing": 0}
        assert await asyncio.to_thread(client.orders) == administration.orders()
    assert administration.given == [order]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x00", id="no JSON"),
        pytest.param(b"[" * 4000, id="nested without end"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"kind":"LINE","subject":"s","action":"STOP"}', id="a member less"),
        pytest.param(b'{"kind":"LINE","subject":"s","action":"STOP","reason":"r","more":""}', id="a member more"),
        pytest.param(b'{"kind":"LINE","subject":7,"action":"STOP","reason":"r"}', id="a number"),
        pytest.param(b'{"kind":"LINE","subject":"s","action":"STOP","reason":"%s"}' % (b"x" * 300), id="too long"),
    ],
)
async def test_a_stop_order_that_cannot_be_read_is_refused(administration: FakeAdministration, body: bytes) -> None:
    async with _admin(administration) as server:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        response = await server.post("/admin/v1/orders", data=body, headers=headers)

        assert response.status == 400
        assert "error" in await response.json()
    assert administration.given == []


async def test_an_order_that_may_not_be_given_is_refused_with_the_reason(administration: FakeAdministration) -> None:
    administration.fails = RefusedError(Reason.ORDER_REFUSED, "JS-0001 is stopped")
    async with _admin(administration) as server:
        with pytest.raises(AdminError, match="JS-0001 is stopped"):
            await asyncio.to_thread(_client(server).give_order, "LINE", "JS-0001", "STOP", "r")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/v1/status"),
        ("GET", "/admin/v1/uselist"),
        ("POST", "/admin/v1/uselist/publish"),
        ("POST", "/admin/v1/orders"),
        ("POST", "/admin/v1/orders/sign"),
        ("GET", "/admin/v1/orders"),
        ("GET", "/admin/v1/unknown"),
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="without a token"),
        pytest.param({"Authorization": "Bearer wrong"}, id="with a wrong token"),
        pytest.param({"Authorization": TOKEN}, id="with a token and no scheme"),
        pytest.param({"Authorization": "Bearer 中文"}, id="with a token of other letters"),
    ],
)
async def test_commands_need_the_token(
    administration: FakeAdministration, method: str, path: str, headers: dict[str, str]
) -> None:
    async with _admin(administration) as server:
        response = await server.request(method, path, headers=headers)

        assert (response.status, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert administration.given == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(ConfigError("uselist.toml, line 4: ends before it begins"), "line 4", id="a list with a mistake"),
        pytest.param(RefusedError(Reason.VERSION_CONFLICT, "catalogue"), "VERSION_CONFLICT", id="a refusal"),
    ],
)
async def test_an_operator_is_told_why_a_command_failed(
    administration: FakeAdministration, error: Exception, said: str
) -> None:
    administration.fails = error
    async with _admin(administration) as server:
        with pytest.raises(AdminError, match=said):
            await asyncio.to_thread(_client(server).give_order, "LINE", "JS-0001", "STOP", "r")


async def test_a_wrong_token_is_said_by_the_client(administration: FakeAdministration) -> None:
    async with _admin(administration) as server:
        with pytest.raises(AdminError, match=r"401 .*data directory"):
            await asyncio.to_thread(_client(server, "wrong").status)


def test_a_node_that_is_not_there_is_not_ready() -> None:
    client = AdminClient(f"http://127.0.0.1:{unused_port()}", TOKEN, timeout_s=1.0)

    assert not client.ready()
    with pytest.raises(AdminError, match="does not answer"):
        client.status()


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "127.0.0.1:7000", "file:///etc/passwd", "http://"])
def test_an_address_that_is_not_plain_http_is_refused(url: str) -> None:
    with pytest.raises(AdminError, match="http://host:port"):
        AdminClient(url, TOKEN)


def test_an_empty_token_is_refused(administration: FakeAdministration) -> None:
    with pytest.raises(ValueError, match="empty"):
        make_admin_app(administration=administration, metrics=Metrics(Levels), token="", ready=lambda: True)


async def test_documents_to_adopt_reach_the_node_as_they_are(administration: FakeAdministration) -> None:
    async with _admin(administration) as server:
        held = await asyncio.to_thread(_client(server).adopt, ["{\n}", "二"])

    assert held == {"version": 2, "fingerprint": "ab"}
    assert administration.adopted == [b"{\n}", "二".encode()]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"documents": [1]}', id="a number"),
        pytest.param(b'{"documents": 7}', id="no list"),
        pytest.param(b"[" * 100_000, id="too deep"),
    ],
)
async def test_what_is_no_list_of_documents_is_refused(administration: FakeAdministration, body: bytes) -> None:
    async with _admin(administration) as server:
        answer = await server.post(ADOPT_PATH, data=body, headers={"Authorization": f"Bearer {TOKEN}"})

        assert (answer.status, (await answer.json())["refusal"]["reason"]) == (409, "BAD_PARAMETER")
    assert administration.adopted == []


async def test_more_than_any_chain_is_refused_before_it_is_read(administration: FakeAdministration) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield bytes(1 << 20)

    async with _admin(administration) as server:
        answer = await server.post(ADOPT_PATH, data=endless(), headers={"Authorization": f"Bearer {TOKEN}"})

        assert (await answer.json())["refusal"]["reason"] == "TOO_LARGE"


async def test_a_node_that_lives_is_told_from_none(administration: FakeAdministration) -> None:
    async with _admin(administration, lambda: False) as server:
        assert await asyncio.to_thread(_client(server).alive)
    assert not AdminClient(f"http://127.0.0.1:{unused_port()}", TOKEN, timeout_s=1.0).alive()
