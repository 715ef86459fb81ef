"""A member whose signing key was compromised: its CA's list, fetched over HTTP by a running node, ends its messages at once."""

import asyncio
import functools
import json
import shutil
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from federation.methods import CHECKPOINT
from federation.model.evidence import CheckpointRequest
from federation.model.refusal import Reason
from node.doctor import State, examine
from scripts._mesh.mesh import Mesh, wait_for
from scripts._mesh.process import certmesh
from tests.blackbox.conftest import RUNNING
from tests.blackbox.test_doctor import states, told
from tests.blackbox.test_replay import MEMBER, Peer, refused, whole

pytestmark = pytest.mark.timeout(300)
__all__ = ["whole"]  # a fixture


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def ca(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is served on loopback, and its URL."""
    folder = tmp_path / "ca"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def configured(mesh: Mesh, ca: tuple[Path, str]) -> Iterator[None]:
    """The running node knows where the member's list is, until the test ends."""
    path = mesh.folder.config(RUNNING)
    before = path.read_text()
    source = f'[identity]\ncrls = {{ {MEMBER} = "{ca[1]}/ca.crl" }}'
    path.write_text(before.replace("[identity]", source).replace('fetch_interval = "1h"', 'fetch_interval = "10s"'))
    yield
    path.write_text(before)
    mesh.nodes[RUNNING].kill()
    shutil.rmtree(mesh.config(RUNNING).node.data / "crls", ignore_errors=True)
    mesh.start([RUNNING])


def listed(mesh: Mesh) -> dict[str, object]:
    found: dict[str, object] = next(one for one in mesh.status(RUNNING)["revocation"] if one["province"] == MEMBER)
    return found


def make_list(mesh: Mesh, tmp_path: Path, into: Path, *more: str | Path) -> None:
    """The member's CA makes its next list, and puts it where others fetch it."""
    own, keys = mesh.folder.of(MEMBER), tmp_path / "keys"
    if not keys.exists():
        shutil.copytree(own / "keys", keys)
    certmesh("identity", "crl", "make", "--keys", keys, "--passphrase-file", own / "passphrase", *more)
    shutil.copy(keys / "ca.crl", into / "ca.crl.new")
    (into / "ca.crl.new").replace(into / "ca.crl")


@pytest.mark.usefixtures("configured")
async def test_a_revoked_member_is_refused_as_soon_as_the_list_is_here(
    mesh: Mesh, whole: Peer, ca: tuple[Path, str], tmp_path: Path
) -> None:
    make_list(mesh, tmp_path, ca[0])
    await asyncio.to_thread(mesh.nodes[RUNNING].stop)
    await asyncio.to_thread(mesh.start, [RUNNING])
    await asyncio.to_thread(wait_for, "the first list", lambda: listed(mesh)["number"] == 1)
    good = await whole.send(whole.request(CheckpointRequest(), "before"), CHECKPOINT)

    revoke = ("--revoke", tmp_path / "keys" / "signing.crt", "--reason", "keyCompromise")
    make_list(mesh, tmp_path, ca[0], *revoke)
    await asyncio.to_thread(wait_for, "the second list", lambda: listed(mesh)["number"] == 2)
    answer = refused(await whole.send(whole.request(CheckpointRequest(), "after"), CHECKPOINT))
    found = examine(mesh.folder.config(RUNNING), now=mesh_time(mesh), offline=False)

    assert isinstance(good, bytes)
    assert answer.reason is Reason.CERTIFICATE_REVOKED
    assert f"of {MEMBER} was revoked at " in answer.detail
    assert "keyCompromise; list 2" in answer.detail
    assert listed(mesh)["state"] == "fresh"
    assert states(found)["revocation"] is State.NOTICE, "the three others have no source"
    assert MEMBER not in told(found, "revocation")
    refusals = [
        json.loads(line) for line in mesh.nodes[RUNNING].log.read_text().splitlines() if "CERTIFICATE_REVOKED" in line
    ]
    assert refusals, "the log names the reason"


def mesh_time(mesh: Mesh) -> datetime:
    return datetime.fromisoformat(mesh.status(RUNNING)["time"])


@pytest.mark.usefixtures("configured")
async def test_the_list_is_known_after_kill_9_although_its_source_is_gone(
    mesh: Mesh, whole: Peer, ca: tuple[Path, str], tmp_path: Path
) -> None:
    make_list(mesh, tmp_path, ca[0], "--revoke", mesh.folder.of(MEMBER) / "keys" / "signing.crt")
    mesh.nodes[RUNNING].kill()
    await asyncio.to_thread(mesh.start, [RUNNING])
    await asyncio.to_thread(wait_for, "the list", lambda: listed(mesh)["number"] == 1)
    (ca[0] / "ca.crl").unlink()
    mesh.nodes[RUNNING].kill()
    await asyncio.to_thread(mesh.start, [RUNNING])
    answer = refused(await whole.send(whole.request(CheckpointRequest(), "gone"), CHECKPOINT))
    await asyncio.to_thread(wait_for, "the failed fetch", lambda: listed(mesh)["problem"] != "")

    assert answer.reason is Reason.CERTIFICATE_REVOKED
    assert "the server answered 404" in str(listed(mesh)["problem"])
