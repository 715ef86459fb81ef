"""The peer port for those who have only the .proto files, the membership document and their own keys. DESIGN §4, §9."""

import secrets
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from certmesh.v1 import envelope_pb2, evidence_pb2, evidence_pb2_grpc, search_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from node import keys, membership_file
from node.keys import read_passphrase
from scripts._mesh.mesh import Mesh
from tests.blackbox.conftest import RUNNING
from trust import gm
from trust.identity import Certificate
from trust.membership import Member
from trust.tls import decrypt_tls_key, new_tls

pytestmark = pytest.mark.timeout(120)

MEMBER = "310000"
SERVICES = ("Catalogue", "UseList", "Application", "Search", "Retrieval", "Notice", "Evidence", "Orders")


def member_tls(mesh: Mesh) -> tuple[bytes, bytes]:
    """Key and certificate of a member's channel."""
    own = mesh.folder.of(MEMBER)
    passphrase = read_passphrase(file=own / "passphrase", environment=None)
    return decrypt_tls_key((own / "keys" / "tls.key").read_bytes(), passphrase), (own / "keys" / "tls.crt").read_bytes()


def foreign_tls() -> tuple[bytes, bytes]:
    """The same of somebody who calls himself a member."""
    pair = new_tls(province=MEMBER, now=datetime.now(UTC))
    return pair.key_pem, pair.certificate_pem


def member(mesh: Mesh, province: str) -> Member:
    return membership_file.load(mesh.folder.membership, expected=None)[0].member(province)


@asynccontextmanager
async def channel(mesh: Mesh, pair: tuple[bytes, bytes] | None) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the running node, showing `pair`."""
    key, certificate = pair or (None, None)
    credentials = grpc.ssl_channel_credentials(member(mesh, RUNNING).tls.encode(), key, certificate)
    options = [("grpc.ssl_target_name_override", f"{RUNNING}.certmesh"), ("grpc.enable_http_proxy", 0)]
    async with grpc.aio.secure_channel(mesh.config(RUNNING).peer.listen, credentials, options) as opened:
        yield opened


def request(mesh: Mesh, body: bytes, kind: str) -> envelope_pb2.Envelope:
    """An envelope made by hand: header, SM4-GCM under an SM2-wrapped key, SM2 signature over DSSE's encoding."""
    now = round(time.time() * 1000)
    header = envelope_pb2.Header(
        protocol=1,
        exchange_id=secrets.token_hex(16),
        sender=MEMBER,
        recipients=[RUNNING],
        issued_ms=now,
        expires_ms=now + 60_000,
        nonce=secrets.token_bytes(16),
    ).SerializeToString()
    receiver = Certificate.from_pem(member(mesh, RUNNING).encryption)
    key, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    wrap = envelope_pb2.WrappedKey(
        recipient=RUNNING, key_id=receiver.fingerprint, wrapped=receiver.public_key.encrypt(key)
    )
    sealed = envelope_pb2.Sealed(wraps=[wrap], nonce=nonce, ciphertext=gm.Sm4Gcm(key).seal(nonce, body, header))
    payload = envelope_pb2.Payload(header=header, sealed=sealed).SerializeToString()
    payload_type = f"application/vnd.certmesh.v1.{kind}+protobuf"
    return envelope_pb2.Envelope(
        payload_type=payload_type, payload=payload, proof=sign(mesh, encoding(payload_type, payload))
    )


def encoding(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %b %d %b" % (len(payload_type), payload_type.encode(), len(payload), payload)


def sign(mesh: Mesh, message: bytes) -> envelope_pb2.Proof:
    own = mesh.folder.of(MEMBER)
    key, certificate = keys.load_signing(own / "keys", read_passphrase(file=own / "passphrase", environment=None))
    direct = envelope_pb2.DirectProof(key_id=certificate.fingerprint, signature=key.sign(message))
    return envelope_pb2.Proof(direct=direct)


def opened(mesh: Mesh, answer: envelope_pb2.Envelope) -> bytes:
    """The content of an answer, its signature checked."""
    signer = Certificate.from_pem(member(mesh, RUNNING).signing)
    assert answer.proof.direct.key_id == signer.fingerprint
    assert signer.public_key.verify(encoding(answer.payload_type, answer.payload), answer.proof.direct.signature)
    own = mesh.folder.of(MEMBER)
    private = gm.PrivateKey.from_pkcs8(
        (own / "keys" / "encryption.key").read_bytes(),
        read_passphrase(file=own / "passphrase", environment=None),
    )
    payload = envelope_pb2.Payload.FromString(answer.payload)
    key = private.decrypt(payload.sealed.wraps[0].wrapped)
    return gm.Sm4Gcm(key).open(payload.sealed.nonce, payload.sealed.ciphertext, payload.header)


async def test_a_client_made_from_the_proto_files_is_understood(mesh: Mesh) -> None:
    asked = request(mesh, evidence_pb2.CheckpointRequest().SerializeToString(), "CheckpointRequest")

    async with channel(mesh, member_tls(mesh)) as peer:
        answer = await evidence_pb2_grpc.EvidenceStub(peer).Checkpoint(asked, timeout=10)

    assert answer.payload_type == "application/vnd.certmesh.v1.CheckpointAnswer+protobuf"
    header = envelope_pb2.Header.FromString(envelope_pb2.Payload.FromString(answer.payload).header)
    assert (header.sender, list(header.recipients)) == (RUNNING, [MEMBER])
    assert header.request_digest == gm.sm3(asked.payload)
    note = evidence_pb2.CheckpointAnswer.FromString(opened(mesh, answer)).note
    assert note.startswith(f"certmesh.cn/{RUNNING}/evidence\n")


async def test_the_same_message_twice_is_refused(mesh: Mesh) -> None:
    asked = request(mesh, evidence_pb2.CheckpointRequest().SerializeToString(), "CheckpointRequest")

    async with channel(mesh, member_tls(mesh)) as peer:
        stub = evidence_pb2_grpc.EvidenceStub(peer)
        await stub.Checkpoint(asked, timeout=10)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Checkpoint(asked, timeout=10)

    assert refused.value.code() is grpc.StatusCode.ABORTED


async def test_an_envelope_without_a_proof_is_refused(mesh: Mesh) -> None:
    async with channel(mesh, member_tls(mesh)) as peer:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await search_pb2_grpc.SearchStub(peer).Local(envelope_pb2.Envelope(), timeout=10)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("service", ["", *(f"certmesh.v1.{name}" for name in SERVICES)])
async def test_health_is_answered_for_each_service(mesh: Mesh, service: str) -> None:
    async with channel(mesh, member_tls(mesh)) as peer:
        answer = await health_pb2_grpc.HealthStub(peer).Check(
            health_pb2.HealthCheckRequest(service=service), timeout=10
        )

    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_there_is_no_reflection_on_the_peer_port(mesh: Mesh) -> None:
    async with channel(mesh, member_tls(mesh)) as peer:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = peer.unary_unary(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
        )
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(b"", timeout=10)

    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(None, id="without a certificate"),
        pytest.param(foreign_tls(), id="with a certificate that no member pinned"),
    ],
)
async def test_a_stranger_gets_no_handshake(mesh: Mesh, pair: tuple[bytes, bytes] | None) -> None:
    async with channel(mesh, pair) as peer:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await health_pb2_grpc.HealthStub(peer).Check(health_pb2.HealthCheckRequest(), timeout=5)

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def handshake(mesh: Mesh, folder: Path, version: ssl.TLSVersion) -> str | None:
    """A TLS handshake as a member, in one version only; returns the version agreed on."""
    key, certificate = member_tls(mesh)
    (folder / "pair.pem").write_bytes(key + certificate)
    context = ssl.create_default_context(cadata=member(mesh, RUNNING).tls)
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2"])
    context.load_cert_chain(folder / "pair.pem")
    host, _, port = mesh.config(RUNNING).peer.listen.rpartition(":")
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=f"{RUNNING}.certmesh") as secure,
    ):
        return secure.version()


def test_a_member_speaks_tls_1_3(mesh: Mesh, tmp_path: Path) -> None:
    assert handshake(mesh, tmp_path, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"


def test_tls_1_2_is_refused_even_to_a_member(mesh: Mesh, tmp_path: Path) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(mesh, tmp_path, ssl.TLSVersion.TLSv1_2)
