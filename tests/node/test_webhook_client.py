"""node.webhook_client: over real HTTP on loopback, with servers that do what they should not."""

import asyncio
import contextlib
import ssl
from pathlib import Path
from typing import Self

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from node.errors import ConfigError
from node.ports.webhooks import Hook, HookAnswer, HookKind, HookRequest, HookUnreachableError
from node.webhook_client import HttpHookCaller, tls_contexts

REQUEST = HookRequest(headers={"Content-Type": "application/json", "Idempotency-Key": "n1"}, body=b'{"a":1}')


class System:
    """A system that answers `/STATUS` with that status, and remembers what came."""

    def __init__(self) -> None:
        app = web.Application()
        app.add_routes([web.post("/{status}", self._answer)])
        self.server = TestServer(app)
        self.came: list[tuple[str, bytes, str]] = []

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.came.append((request.path, await request.read(), request.headers["Idempotency-Key"]))
        headers = {"Location": "/204", "Retry-After": "120"}
        return web.Response(status=int(request.match_info["status"]), headers=headers, body=b"x" * 100_000)

    async def __aenter__(self) -> Self:
        await self.server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.close()

    def hook(self, path: str, timeout_s: float = 5.0) -> Hook:
        return Hook(name="app", kind=HookKind.HOLDER_CHANNEL, url=str(self.server.make_url(path)), timeout_s=timeout_s)


async def post(hook: Hook) -> HookAnswer:
    return await HttpHookCaller(tls_contexts((hook,))).post(hook, REQUEST)


@pytest.mark.parametrize("status", [200, 204, 302, 307, 400, 410, 500, 503])
async def test_the_answer_is_its_status_and_no_redirection_is_followed(status: int) -> None:
    async with System() as system:
        answer = await post(system.hook(f"/{status}"))

    assert answer == HookAnswer(status=status, retry_after_s=120.0)
    assert system.came == [(f"/{status}", REQUEST.body, "n1")]


async def reason(answer: bytes | None, timeout_s: float = 5.0) -> str:
    """Why there is no answer from a server that says this, or (None) nothing until the caller hangs up."""
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
            writer.close()
            await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    with pytest.raises(HookUnreachableError) as caught:
        await post(Hook(name="app", kind=HookKind.ISSUER, url=url, timeout_s=timeout_s))
    await ended.wait()
    server.close()
    await server.wait_closed()
    return caught.value.reason


async def test_a_system_that_does_not_answer_is_given_up_after_its_time() -> None:
    assert await reason(None, timeout_s=0.05) == "TIMEOUT"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"no HTTP\r\n\r\n", id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 100_000 + b"\r\n\r\n", id="a header without end"),
    ],
)
async def test_what_is_no_answer_is_none(answer: bytes) -> None:
    assert await reason(answer) == "UNREACHABLE"


async def test_nobody_there_is_unreachable() -> None:
    async with System() as system:
        hook = system.hook("/204")
    with pytest.raises(HookUnreachableError) as caught:
        await post(hook)

    assert caught.value.reason == "UNREACHABLE"


async def test_a_server_without_a_certificate_that_is_trusted_is_sent_nothing() -> None:
    async with System() as system:
        url = str(system.server.make_url("/204")).replace("http://", "https://")
        with pytest.raises(HookUnreachableError):
            await post(Hook(name="app", kind=HookKind.ISSUER, url=url))

    assert system.came == []


def test_certificates_are_always_verified_and_a_file_of_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    (context,) = tls_contexts(()).values()

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    with pytest.raises(ConfigError, match=r"ca\.pem"):
        tls_contexts((Hook(name="app", kind=HookKind.ISSUER, url="https://x/", ca=tmp_path / "ca.pem"),))
