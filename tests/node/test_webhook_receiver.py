"""scripts/webhook_receiver.py as a server: what it answers to a node, and to what is none. The rules of a request: telling/test_hooks."""

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path

import pytest

from federation.sample_identities import make_identities
from scripts.webhook_receiver import MAX_BODY, Receiver, _handler, point_of
from trust.http_signature import Request, sign

IDENTITY = make_identities(["320000"])["320000"]
BODY = json.dumps({"notice": "n1", "kind": "issuer", "text": "", "signed": {}}).encode()


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    """The example on a port of its own."""
    serving = HTTPServer(("127.0.0.1", 0), type("Never", (), {}))  # set below, when the port is known
    receiver = Receiver(IDENTITY.signing_certificate.public_key.point, f"127.0.0.1:{serving.server_port}")
    serving.RequestHandlerClass = _handler(receiver)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield serving
    serving.shutdown()
    thread.join()
    serving.server_close()


def headers(server: HTTPServer, body: bytes, *, nonce: str = "0f" * 16) -> dict[str, str]:
    """As a node signs them."""

    async def signer(message: bytes) -> bytes:
        return IDENTITY.signing_key.sign(message)

    request = Request(
        method="POST",
        authority=f"127.0.0.1:{server.server_port}",
        path="/in",
        content_type="application/json",
        idempotency_key="n1",
        body=body,
    )
    key_id = IDENTITY.signing_certificate.fingerprint
    return asyncio.run(sign(request, key_id=key_id, nonce=nonce, created=int(time.time()), signer=signer))


def post(server: HTTPServer, body: bytes, told: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    connection.request("POST", "/in", body, told)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_notice_is_taken_and_the_same_request_again_is_not(server: HTTPServer) -> None:
    told = headers(server, BODY)

    assert [post(server, BODY, told), post(server, BODY, told)] == [204, 401]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"no JSON", 400, id="a body that is no JSON"),
        pytest.param(b"[]", 400, id="a list"),
        pytest.param(b"{}", 400, id="no notice"),
        pytest.param(BODY.replace(b"n1", b"n2"), 400, id="another notice than its key says"),
    ],
)
def test_what_a_node_signed_and_is_no_notice_is_refused(server: HTTPServer, body: bytes, status: int) -> None:
    assert post(server, body, headers(server, body)) == status


def test_a_stranger_is_refused(server: HTTPServer) -> None:
    assert post(server, BODY, {"Content-Type": "application/json"}) == 401
    assert post(server, BODY, {**headers(server, BODY), "Content-Length": str(MAX_BODY + 1)}) == 413


def test_the_key_is_found_in_the_nodes_certificate(tmp_path: Path) -> None:
    file = tmp_path / "signing.pem"
    file.write_text(IDENTITY.signing_certificate.pem)

    assert point_of(file) == IDENTITY.signing_certificate.public_key.point
