"""`certmesh doctor` over a real mesh: a node that runs, one that does not, and folders in which something is missing or wrong."""

import json
import shutil
import socket
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from node.doctor import Examination, State, examine
from node.doctor.run import CHECKS
from scripts._mesh.mesh import Mesh, wait_for
from tests.blackbox.conftest import RUNNING
from tests.blackbox.test_commands import run

pytestmark = pytest.mark.timeout(300)

DOWN = "330000"


def states(found: Examination) -> dict[str, State]:
    """The worst state of each check."""
    by_check: dict[str, State] = {}
    for one in found.findings:
        by_check[one.check] = max(one.state, by_check.get(one.check, State.OK), key=lambda state: state.weight)
    return by_check


def told(found: Examination, check: str) -> str:
    return "\n".join(f"{one.what} {one.todo}" for one in found.findings if one.check == check)


def test_a_running_node_is_well_and_says_so_as_one_object(mesh: Mesh) -> None:
    for file in (mesh.config(RUNNING).node.data / "exhibits").glob("fork-*.json"):
        file.unlink()  # what others tested on this node is settled: the operator has moved it away
    done = run("doctor", "--config", mesh.folder.config(RUNNING), "--json")
    found = json.loads(done.stdout)
    by_check = {one["check"]: one["state"] for one in found["findings"]}

    assert found["running"] is True
    assert set(by_check) == set(CHECKS)
    assert {by_check[name] for name in ("config", "crypto", "key files", "key pairs", "chains", "ports")} == {"ok"}
    assert by_check["peers"] == "warning", "the three others do not run"
    assert (found["state"], done.returncode) == ("warning", 1), [
        one for one in found["findings"] if one["state"] == "critical"
    ]
    assert {"check", "state", "what", "why", "what_to_do", "owner"} == set(found["findings"][0])


def test_two_nodes_that_run_measure_each_others_clocks(mesh: Mesh) -> None:
    mesh.start(["340000"])
    try:
        wait_for("an answer of Anhui", lambda: measured(mesh) is not None)
        found = examine(mesh.folder.config(RUNNING), now=datetime.now(UTC), offline=False)
        told_offset = measured(mesh)
    finally:
        mesh.stop(["340000"])

    assert told_offset is not None
    assert abs(told_offset["offset_s"]) <= told_offset["bound_s"] + 0.05, "one machine, one clock"
    assert "340000" in told(found, "clock")
    assert states(found)["clock"] is State.OK


def measured(mesh: Mesh) -> dict[str, float] | None:
    peers = {one["province"]: one["clock"] for one in mesh.status(RUNNING)["peers"]}
    clock: dict[str, float] | None = peers["340000"]
    return clock


def test_for_people_the_worst_comes_first_and_each_has_a_remedy(mesh: Mesh) -> None:
    done = run("doctor", "-c", mesh.folder.config(DOWN))
    lines = done.stdout.splitlines()

    assert done.returncode == 1
    assert lines[0].startswith("warning")
    assert lines[-1] == "WARNING"
    assert done.stdout.count("do:") == done.stdout.count("why:") > 2
    assert "Traceback" not in done.stderr


@pytest.fixture
def copy(mesh: Mesh, tmp_path: Path) -> Path:
    """A folder with one province's node, to be spoilt; returns its configuration."""
    shutil.copytree(mesh.folder.root / "lists", tmp_path / "lists")
    shutil.copytree(mesh.folder.of(DOWN), tmp_path / DOWN)
    shutil.copy(mesh.folder.membership, tmp_path)
    return Path(shutil.copy(mesh.folder.config(DOWN), tmp_path))


def chmod(name: str, mode: int) -> Callable[[Path], None]:
    return lambda root: (root / name).chmod(mode)


def without(*names: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        for name in names:
            path = root / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return spoil


def holding(name: str, data: bytes) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        (root / name).write_bytes(data)

    return spoil


def swapped(root: Path) -> None:
    """The encryption certificate where the signing certificate belongs."""
    keys = root / DOWN / "keys"
    shutil.copy(keys / "encryption.crt", keys / "signing.crt")


KEYS = f"{DOWN}/keys"
SPOILT: dict[str, tuple[Callable[[Path], None], dict[str, str]]] = {
    "no configuration": (without(f"{DOWN}.toml"), {"config": "cannot be read"}),
    "a configuration that is no TOML": (holding(f"{DOWN}.toml", b"[node\n"), {"config": "not TOML"}),
    "no lists": (without("lists"), {"config": "is not there; create it"}),
    "no keys": (without(KEYS), {"key files": "certmesh init", "key pairs": "", "chains": "ca.crt"}),
    "no signing key": (without(f"{KEYS}/signing.key"), {"key files": "signing.key"}),
    "a key that others read": (chmod(f"{KEYS}/tls.key", 0o644), {"key files": "chmod 600"}),
    "a folder that others write": (chmod(KEYS, 0o777), {"key files": "chmod 700", "key pairs": "writable by others"}),
    "a key that is damaged": (holding(f"{KEYS}/encryption.key", b"x"), {"key pairs": "is the passphrase right"}),
    "a certificate for another key": (swapped, {"key pairs": "signing.crt is for another key", "chains": "signing"}),
    "no passphrase": (without(f"{DOWN}/passphrase"), {"key files": "passphrase", "key pairs": "were not opened"}),
    "a wrong passphrase": (
        holding(f"{DOWN}/passphrase", b"a wrong passphrase"),
        {"key pairs": "is the passphrase right"},
    ),
    "no membership": (without("membership.json"), {"membership": "cannot be read"}),
    "a membership that was changed": (holding("membership.json", b"{}"), {"membership": "malformed"}),
    "nothing at all": (
        without(KEYS, "lists", "membership.json", f"{DOWN}/passphrase"),
        {"config": "", "key files": ""},
    ),
}


@pytest.mark.parametrize("name", list(SPOILT))
def test_what_is_missing_or_wrong_is_named_and_every_other_check_is_told(copy: Path, name: str) -> None:
    spoil, expected = SPOILT[name]
    spoil(copy.parent)
    found = examine(copy, now=datetime.now(UTC), offline=False)
    by_check = states(found)

    assert set(by_check) == set(CHECKS), "no check was lost"
    assert found.state is State.CRITICAL
    assert "could not be checked" not in " ".join(one.what for one in found.findings), "each knows what it found"
    for check, words in expected.items():
        assert by_check[check] is State.CRITICAL
        assert words in told(found, check)


def test_a_check_that_breaks_in_an_unknown_way_is_a_finding_and_says_no_foreign_words(copy: Path) -> None:
    def breaks(_context: object) -> list[object]:
        raise ZeroDivisionError("the passphrase is hunter2")

    found = examine(copy, now=datetime.now(UTC), offline=True, checks={"odd": breaks, **CHECKS})  # type: ignore[dict-item]

    assert found.findings[0].state is State.CRITICAL
    assert "ZeroDivisionError" in found.findings[0].what
    assert "hunter2" not in found.findings[0].what
    assert states(found)["crypto"] is State.OK


def test_what_ends_is_told_ahead_and_what_ended_is_critical(copy: Path) -> None:
    now = datetime.now(UTC)
    seen = [
        states(examine(copy, now=now + timedelta(days=days), offline=True))["expiry"]
        for days in (0, 310, 340, 362, 366)
    ]

    assert seen == [State.OK, State.NOTICE, State.WARNING, State.CRITICAL, State.CRITICAL]


def test_a_damaged_database_and_a_clock_behind_the_log_are_found(mesh: Mesh, copy: Path) -> None:
    mesh.start([DOWN])
    mesh.stop([DOWN])
    shutil.rmtree(copy.parent / DOWN / "data", ignore_errors=True)
    shutil.copytree(mesh.folder.of(DOWN) / "data", copy.parent / DOWN / "data")
    database = copy.parent / DOWN / "data" / "certmesh.db"
    good = examine(copy, now=datetime.now(UTC), offline=True)
    early = examine(copy, now=datetime.now(UTC) - timedelta(hours=2), offline=True)
    with sqlite3.connect(database) as db:
        db.execute("DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)")
    db.close()
    unsigned = examine(copy, now=datetime.now(UTC), offline=True)
    data = bytearray(database.read_bytes())
    data[4096 * 2 : 4096 * 6] = b"\xa5" * 4096 * 4
    database.write_bytes(data)
    damaged = examine(copy, now=datetime.now(UTC), offline=True)

    assert (states(good)["database"], states(good)["evidence"], states(good)["clock"]) == (State.OK,) * 3
    assert states(early)["clock"] is State.CRITICAL
    assert states(unsigned)["evidence"] is State.NOTICE
    assert states(damaged)["database"] is State.CRITICAL
    assert set(states(damaged)) == set(CHECKS)


def test_a_port_that_somebody_else_has_is_named(mesh: Mesh, copy: Path) -> None:
    listen = mesh.config(DOWN).rest.listen
    host, _, port = listen.rpartition(":")
    with socket.socket() as other:
        other.bind((host, int(port)))
        other.listen()
        found = examine(copy, now=datetime.now(UTC), offline=False)

    assert states(found)["ports"] is State.CRITICAL
    assert f"rest.listen: {listen} is taken" in told(found, "ports")


def test_a_look_changes_nothing(copy: Path) -> None:
    def all_files() -> dict[Path, tuple[bytes, int, int]]:
        return {
            path: (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
            for path in sorted(copy.parent.rglob("*"))
            if path.is_file() and not path.name.endswith(("-shm", "-wal"))
        }

    before = all_files()
    examine(copy, now=datetime.now(UTC), offline=False)

    assert all_files() == before
