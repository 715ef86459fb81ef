"""A large file between real processes: neither grows by more than 64 MiB, and kill -9 of either side costs nothing. Clause 8.3.

The run takes a file of 128 MiB; `scripts/large` takes one of 1 GiB. What is measured is the resident set of both daemons, sampled while the
file travels, against what it was before.
"""

import http.client
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from node.library.demo.face import face_of
from node.library.demo.forms import BLUEPRINTS
from node.library.invented import MINING_TYPE, STORY_HOLDER
from node.library.manifest import write_manifest
from node.library.record import CertificateRecord, Status
from node.rest.retrieval import FILE_PATH
from node.storage.sqlite import open_sqlite_read_only
from scripts._mesh import certificates
from scripts._mesh.counter import Counter, demo_token
from scripts._mesh.errors import MeshError
from scripts._mesh.mesh import Mesh, wait_for
from tests.mesh.conftest import kept_up
from trust import gm
from trust.ofd.marks import Page
from trust.ofd.signatures import Stamp, sign_package
from trust.ofd.writer import PAGE_ID, page_entries

SIZE_MIB = int(os.environ.get("CERTMESH_LARGE_MIB", "128"))
pytestmark = pytest.mark.timeout(300 + SIZE_MIB * 2)

MIB = 1 << 20
MOST = 64 * MIB
CONSUMER, PROVIDER = "320000", "330000"
ARCHIVE_LINE = 1  # of Jiangsu's list: the one that admits originals
PART = 64 * MIB  # the file's bulk comes in entries of this size


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """A certificate that Zhejiang holds, and what its file is."""

    identifier: str
    sm3: str
    size: int


def _sealed(mesh: Mesh, record: CertificateRecord) -> bytes:
    """The record's page and a bulk of random bytes under one seal that covers all of it."""
    maker, page = mesh.folder.seal_maker(), face_of(record)
    assert isinstance(page, Page)
    piece = os.urandom(min(PART, SIZE_MIB * MIB))
    parts = {f"Doc_0/Res/scan_{number}.bin": piece for number in range(SIZE_MIB * MIB // len(piece))}
    stamp = Stamp(page=PAGE_ID, box=BLUEPRINTS[record.type_code].seal)
    signer = replace(maker._signer(record.issuer_name, record.issuer_code), stamps=(stamp,))
    day = record.issued
    signed_at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    return sign_package(page_entries(page) | parts, [signer], signed_at=signed_at)


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """Nodes that have done nothing yet: what they grow by is not hidden by what they took for others."""
    with kept_up(tmp_path_factory.mktemp("up-large")) as mesh:
        yield mesh


@pytest.fixture(scope="module")
def large(mesh: Mesh, tmp_path_factory: pytest.TempPathFactory) -> Large:
    """Put a large file in the place of the story's mining licence."""
    issued = next(
        one.record
        for one in certificates.made(mesh.folder.seal_maker())[PROVIDER]
        if one.record.type_code == MINING_TYPE
        and one.record.status is Status.VALID
        and STORY_HOLDER.code in {holder.code for holder in one.record.holders}
    )
    file = _sealed(mesh, issued)
    folder = tmp_path_factory.mktemp("large")
    write_manifest([(issued, file)], folder)
    mesh.import_(PROVIDER, folder)
    return Large(identifier=issued.identifier, sm3=gm.sm3(file).hex(), size=len(file))


def _resident(pid: int) -> int:
    """Bytes of a process in memory."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024


@dataclass(slots=True)
class Growth:
    """By how much each of some processes grew, at most."""

    by: dict[str, int] = field(default_factory=dict)


@contextmanager
def growing(mesh: Mesh, *provinces: str) -> Iterator[Growth]:
    """Sample the daemons as long as the body runs."""
    pids = {code: mesh.nodes[code].pid for code in provinces}
    before, grown, over = {code: _resident(pid) for code, pid in pids.items()}, Growth(), threading.Event()

    def sample() -> None:
        while not over.wait(0.02):
            for code, pid in pids.items():
                grown.by[code] = max(grown.by.get(code, 0), _resident(pid) - before[code])

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield grown
    finally:
        over.set()
        thread.join()


def counter(mesh: Mesh) -> tuple[Counter, str]:
    """Jiangsu's archive, and an application of its own under which the story's certificates were found."""
    archive = Counter(CONSUMER, mesh.folder.config(CONSUMER), line=ARCHIVE_LINE)
    apply_id = archive.apply(STORY_HOLDER).data["applyId"]
    _ = archive.search(apply_id, STORY_HOLDER).data
    return archive, apply_id


def fetch(archive: Counter, apply_id: str, large: Large, key: str) -> str:
    """Fetch the original as the archive does, a piece at a time; returns its SM3 (hex).

    Raises:
        MeshError: refused, or broken off.
    """
    wish = {"applyId": apply_id, "certificateID": large.identifier, "deliver": "STREAM", "original": True}
    headers = {"Authorization": f"Bearer {demo_token(CONSUMER)}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(urlsplit(archive.url).netloc, timeout=300)
    running = gm.new_sm3()
    try:
        connection.request("POST", FILE_PATH, json.dumps({"data": wish}), headers | {"Idempotency-Key": key})
        response = connection.getresponse()
        while piece := response.read(MIB):
            running.update(piece)
        if response.getheader("X-Certmesh-SM3") is None:
            raise MeshError("refused")
    except (OSError, http.client.HTTPException) as error:
        raise MeshError("broken off") from error
    finally:
        connection.close()
    return running.hexdigest()


def spooled(mesh: Mesh) -> int:
    """Bytes that wait in Jiangsu's spool."""
    folder = mesh.config(CONSUMER).node.data / "spool"
    return sum(path.stat().st_size for path in folder.iterdir())


def test_neither_process_grows_by_more_than_64_mib(mesh: Mesh, large: Large) -> None:
    archive, apply_id = counter(mesh)
    with growing(mesh, CONSUMER, PROVIDER) as grown:
        digest = fetch(archive, apply_id, large, "k")
    said = ", ".join(f"{code} grew by {by / MIB:.0f} MiB" for code, by in grown.by.items())
    sys.stdout.write(f"a file of {large.size / MIB:.0f} MiB: {said}\n")

    assert digest == large.sm3
    assert {code: by for code, by in grown.by.items() if by > MOST} == {}


@pytest.mark.parametrize("killed", [pytest.param(PROVIDER, id="provider"), pytest.param(CONSUMER, id="consumer")])
def test_after_kill_9_of_either_side_it_goes_on_where_it_was_and_is_one_use(
    mesh: Mesh, large: Large, killed: str
) -> None:
    archive, apply_id = counter(mesh)
    came: list[str] = []

    def attempt() -> None:
        try:
            came.append(fetch(archive, apply_id, large, "k"))
        except MeshError as error:
            came.append(str(error))

    first = threading.Thread(target=attempt)
    first.start()
    end = time.monotonic() + 60
    while spooled(mesh) < large.size // 4 and time.monotonic() < end:
        time.sleep(0.002)
    mesh.nodes[killed].kill()
    first.join()
    kept = spooled(mesh)
    mesh.start([killed])
    wait_for("the file is fetched", lambda: _fetched(archive, apply_id, large, came))
    exchange = _exchange(mesh, apply_id)
    given = [one for one in mesh.entries(PROVIDER, exchange) if one["step"] == "answered"]

    assert came[0] in {"refused", "broken off"}
    assert large.size // 4 <= kept < large.size
    assert came[-1] == large.sm3
    assert [one.get("repeated", False) for one in given][:1] == [False]
    assert all(one["repeated"] for one in given[1:])
    assert sum(len(one.get("notices", ())) for one in given) == 2
    assert all(mesh.verify(code)["ok"] for code in (CONSUMER, PROVIDER))


def _fetched(archive: Counter, apply_id: str, large: Large, came: list[str]) -> bool:
    try:
        came.append(fetch(archive, apply_id, large, "k"))
    except MeshError:
        return False
    return True


def _exchange(mesh: Mesh, apply_id: str) -> str:
    """The exchange in which the file was handed out."""
    reader = open_sqlite_read_only(mesh.config(PROVIDER).node.data / "certmesh.db")
    try:
        every = [json.loads(one.entry) for one in reader.read.evidence.entries(0, 100_000)]
    finally:
        reader.close()
    named = (one for one in every if one.get("apply") == apply_id and one.get("output") == "ORIGINAL")
    return str(next(named)["exchange"])
