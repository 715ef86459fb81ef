"""Proof by the log over the wire, by hand from the .proto files and RFC 9162: nothing of trust.merkle or trust.envelope."""

import asyncio
import base64
import hashlib
import json

import grpc
import pytest
from certmesh.v1 import application_pb2, envelope_pb2, evidence_pb2, evidence_pb2_grpc, search_pb2, search_pb2_grpc

from node import keys
from node.keys import read_passphrase
from scripts._mesh.mesh import Mesh
from scripts._mesh.process import certmesh
from tests.blackbox.conftest import RUNNING
from tests.blackbox.test_stranger import MEMBER, channel, member, member_tls, request
from trust import gm
from trust.identity import Certificate

pytestmark = pytest.mark.timeout(120)


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162 §2.1.3.2, read aloud."""
    fn, sn, r = index, size - 1, leaf
    for step in path:
        assert sn != 0
        if fn % 2 == 1 or fn == sn:
            r = sm3(b"\x01" + step + r)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sm3(b"\x01" + r + step)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r


def head_of(note: bytes, origin: str, key: gm.PublicKey) -> tuple[int, bytes]:
    """Size and root of a signed note, its signature checked."""
    text, _, signature_line = note.partition(b"\n\n")
    named, size, root = text.decode().split("\n")
    signature = base64.b64decode(signature_line.decode().rsplit(" ", 1)[1])[4:]
    assert named == origin
    assert key.verify(text + b"\n", signature)
    return int(size), base64.b64decode(root)


async def test_the_answer_of_an_exchange_proves_that_it_stands_in_the_senders_log(mesh: Mesh) -> None:
    holder = application_pb2.Holder(code="91310000MA1FL00001", type_code="001")
    body = search_pb2.SearchRequest(apply_id="a1", holder=holder)
    asked = request(mesh, body.SerializeToString(), "SearchRequest")

    async with channel(mesh, member_tls(mesh)) as peer:
        answer = await search_pb2_grpc.SearchStub(peer).Local(asked, timeout=10)

    proof = answer.proof.by_log
    entry = json.loads(proof.entry)
    key = Certificate.from_pem(member(mesh, RUNNING).signing).public_key
    size, root = head_of(proof.checkpoint, f"certmesh.cn/{RUNNING}/evidence", key)
    assert root_of(sm3(b"\x00" + proof.entry), proof.index, size, list(proof.path)) == root
    assert (entry["node"], entry["sent"]) == (RUNNING, {"SearchAnswer": "answer"})
    assert entry["answer"] == sm3(answer.payload).hex()
    assert entry["request"] == sm3(asked.payload).hex()


def by_log(mesh: Mesh, asked: envelope_pb2.Envelope, kind: str, **more: object) -> envelope_pb2.Envelope:
    """The request proven by a log of one entry, signed with the member's key."""
    own = mesh.folder.of(MEMBER)
    key, certificate = keys.load_signing(own / "keys", read_passphrase(file=own / "passphrase", environment=None))
    members = {"node": MEMBER, "request": sm3(asked.payload).hex(), "sent": {kind: "request"}, **more}
    entry = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    origin = f"certmesh.cn/{MEMBER}/evidence"
    text = f"{origin}\n1\n{base64.b64encode(sm3(bytes(1) + entry)).decode()}\n"
    key_id = sm3(f"{origin}\n".encode() + b"\xff" + b"sm2-sm3-1234567812345678" + certificate.public_key.point)[:4]
    signature = base64.b64encode(key_id + key.sign(text.encode())).decode()
    note = f"{text}\n— {origin} {signature}\n".encode()
    proof = envelope_pb2.LogProof(entry=entry, index=0, path=[], checkpoint=note)
    return envelope_pb2.Envelope(
        payload_type=asked.payload_type, payload=asked.payload, proof=envelope_pb2.Proof(by_log=proof)
    )


async def test_a_member_that_signs_two_logs_is_refused_and_convicted(mesh: Mesh) -> None:
    """Each message alone is well proven; that both heads have one size and different roots is the fork."""
    body, kind = evidence_pb2.CheckpointRequest().SerializeToString(), "CheckpointRequest"
    first, second = (by_log(mesh, request(mesh, body, kind), kind) for _ in range(2))

    async with channel(mesh, member_tls(mesh)) as peer:
        stub = evidence_pb2_grpc.EvidenceStub(peer)
        answer = await stub.Checkpoint(first, timeout=10)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Checkpoint(second, timeout=10)

    assert answer.payload_type.endswith("CheckpointAnswer+protobuf")
    assert refused.value.code() is grpc.StatusCode.DATA_LOSS
    (exhibit,) = (mesh.config(RUNNING).node.data / "exhibits").iterdir()
    certificate = mesh.folder.of(RUNNING) / "accused.crt"
    certificate.write_text(member(mesh, MEMBER).signing)
    said = await asyncio.to_thread(certmesh, "evidence", "convict", exhibit, "--key", certificate)
    assert "GUILTY" in said
    log = (mesh.folder.of(RUNNING) / "log.jsonl").read_text()
    assert "evidence.forked" in log


async def test_an_entry_that_names_another_message_is_refused(mesh: Mesh) -> None:
    body, kind = evidence_pb2.CheckpointRequest().SerializeToString(), "CheckpointRequest"
    asked = by_log(mesh, request(mesh, body, kind), kind, request="00" * 32)

    async with channel(mesh, member_tls(mesh)) as peer:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await evidence_pb2_grpc.EvidenceStub(peer).Checkpoint(asked, timeout=10)

    assert refused.value.code() in {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.DATA_LOSS}
