"""federation.channels over real TLS: only pinned members, only TLS 1.3."""

import asyncio
import os
import ssl
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from federation.errors import PeerError
from federation.methods import SEARCH
from federation.model.refusal import Reason
from tests.federation.links import IDENTITIES, Calling, Context, caller, client, post, server
from tests.federation.samples import ANSWER, JIANGSU, QUERY, SHANGHAI, ZHEJIANG, Clock, stranger
from trust.tls import tls_host

TIMEOUT_S = 20.0


async def answer(request: bytes, context: Context) -> bytes:
    """Jiangsu's answer to whoever the TLS key says is asking."""
    room = post(IDENTITIES[JIANGSU], Clock())
    opened = room.open_request(request, kind="SearchRequest", sender=caller(context) or "")
    return room.sign(room.draft_answer(room.encode(ANSWER), opened))


async def ask(calling: Calling, province: str = JIANGSU) -> object:
    draft = calling.post.draft_request(QUERY, recipients=[JIANGSU, ZHEJIANG], exchange_id="e1")
    reply = await calling.client.ask(province, SEARCH, draft, calling.post.sign(draft), TIMEOUT_S)
    return reply.message


@pytest.mark.parametrize("province", [SHANGHAI, ZHEJIANG])
async def test_a_member_is_let_in_and_known_by_its_key(province: str) -> None:
    async with server(answer) as endpoint, client({JIANGSU: endpoint}, IDENTITIES[province]) as calling:
        assert await ask(calling) == ANSWER


async def test_a_client_with_a_key_of_no_member_is_not_let_in() -> None:
    async with server(answer) as endpoint, client({JIANGSU: endpoint}, stranger(SHANGHAI)) as calling:
        with pytest.raises(PeerError) as caught:
            await ask(calling)

    assert caught.value.refusal.reason is Reason.PEER_UNREACHABLE


async def test_a_client_without_a_certificate_is_not_let_in() -> None:
    credentials = grpc.ssl_channel_credentials(root_certificates=IDENTITIES[JIANGSU].tls_certificate_pem)
    options = (("grpc.ssl_target_name_override", tls_host(JIANGSU)),)
    async with server(answer) as endpoint, grpc.aio.secure_channel(endpoint, credentials, options) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(channel)

    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_client_without_tls_is_not_let_in() -> None:
    async with server(answer) as endpoint, grpc.aio.insecure_channel(endpoint) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(channel)

    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_server_that_is_another_member_is_not_called() -> None:
    async with server(answer) as endpoint, client({ZHEJIANG: endpoint}) as calling:
        with pytest.raises(PeerError) as caught:
            await ask(calling, ZHEJIANG)

    assert caught.value.refusal.reason is Reason.PEER_UNREACHABLE


@pytest.mark.parametrize(
    ("modules", "answer"),
    [
        pytest.param(
            "node.__main__, node.serve, sys", "True", id="the daemon has kept TLS 1.2 out before grpc is there"
        ),
        pytest.param("grpc, sys", "False", id="grpc that came first is noticed"),
    ],
)
def test_tls_1_2_must_be_kept_out_before_grpc_is_imported(modules: str, answer: str) -> None:
    program = f"import {modules}, federation; print('grpc' in sys.modules and federation.ONLY_TLS_1_3)"
    environment = {name: value for name, value in os.environ.items() if name != "GRPC_SSL_CIPHER_SUITES"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == answer


async def call(channel: grpc.aio.Channel) -> None:
    made: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(SEARCH.full_path)
    await made(b"", timeout=TIMEOUT_S)


def context(folder: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    """Shanghai's side of a handshake with Jiangsu, in one version of TLS."""
    shanghai, jiangsu = IDENTITIES[SHANGHAI], IDENTITIES[JIANGSU]
    pem = folder / "shanghai.pem"
    pem.write_bytes(shanghai.tls_key_pem + shanghai.tls_certificate_pem)
    made = ssl.create_default_context(cadata=jiangsu.tls_certificate_pem.decode())
    made.load_cert_chain(pem)
    made.minimum_version = made.maximum_version = version
    made.set_alpn_protocols(["h2"])
    return made


async def shaken(endpoint: str, made: ssl.SSLContext) -> str | None:
    """The version of TLS that a handshake ends with."""
    host, port = endpoint.split(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=made, server_hostname=tls_host(JIANGSU))
    try:
        version: str | None = writer.get_extra_info("ssl_object").version()
        return version
    finally:
        writer.transport.abort()


async def test_tls_1_3_is_spoken(tmp_path: Path) -> None:
    async with server(answer) as endpoint, client({JIANGSU: endpoint}) as calling:
        assert await shaken(endpoint, context(tmp_path, ssl.TLSVersion.TLSv1_3)) == "TLSv1.3"
        assert await ask(calling) == ANSWER


async def test_tls_1_2_is_refused_and_the_server_goes_on(tmp_path: Path) -> None:
    async with server(answer) as endpoint, client({JIANGSU: endpoint}) as calling:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await shaken(endpoint, context(tmp_path, ssl.TLSVersion.TLSv1_2))
        assert await ask(calling) == ANSWER


async def test_a_server_of_tls_1_2_is_not_called(tmp_path: Path) -> None:
    jiangsu, done = IDENTITIES[JIANGSU], asyncio.Event()
    pem = tmp_path / "jiangsu.pem"
    pem.write_bytes(jiangsu.tls_key_pem + jiangsu.tls_certificate_pem)
    old = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    old.load_cert_chain(pem)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_alpn_protocols(["h2"])

    async def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        done.set()
        writer.close()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=old)
    port = listening.sockets[0].getsockname()[1]
    async with listening, client({JIANGSU: f"127.0.0.1:{port}"}) as calling:
        with pytest.raises(PeerError) as caught:
            await ask(calling)

    assert caught.value.refusal.reason is Reason.PEER_UNREACHABLE
    assert not done.is_set()
