"""Exit codes and messages of commands as an operator meets them: 0 done, 1 a check failed, 2 wrong usage or configuration."""

import json
import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from scripts._mesh.mesh import Mesh
from scripts._mesh.process import CERTMESH
from tests.blackbox.conftest import RUNNING

pytestmark = pytest.mark.timeout(120)


def run(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CERTMESH, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def test_serve_drains_on_sigterm_and_ends_with_0(mesh: Mesh) -> None:
    mesh.start(["310000"])

    assert mesh.stop(["310000"]) == {"310000": 0}
    events = [json.loads(line)["event"] for line in mesh.nodes["310000"].log.read_text().splitlines()]
    assert "node.ready" in events
    assert "node.draining" in events
    assert events[-1] == "node.stopped"


def test_serve_without_keys_ends_with_2_and_says_what_to_run(tmp_path: Path, mesh: Mesh) -> None:
    config = tmp_path / "330000.toml"
    text = mesh.folder.config("330000").read_text()
    text = text.replace('"lists/', f'"{mesh.folder.root}/lists/').replace(
        '"330000/passphrase', f'"{mesh.folder.root}/330000/passphrase'
    )
    config.write_text(text)

    done = run("serve", "--config", config)

    assert done.returncode == 2
    assert "certmesh init" in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_on_a_port_that_is_taken_ends_with_2_and_names_the_key(mesh: Mesh) -> None:
    config = mesh.folder.root / "taken.toml"
    taken = mesh.config(RUNNING).peer.listen
    config.write_text(mesh.folder.config("330000").read_text().replace(mesh.config("330000").peer.listen, taken))

    done = run("serve", "--config", config)

    assert done.returncode == 2
    assert f"peer.listen: {taken} cannot be taken" in done.stderr


def test_a_wrong_passphrase_is_told_as_such(mesh: Mesh) -> None:
    config = mesh.folder.root / "wrong.toml"
    text = mesh.folder.config("330000").read_text()
    config.write_text(text.replace('passphrase_file = "330000/passphrase"', 'passphrase_env = "WRONG_PASSPHRASE"'))
    os.environ["WRONG_PASSPHRASE"] = "twelve characters and more"

    done = run("check-config", "--config", config)

    assert done.returncode == 2
    assert "is the passphrase right?" in done.stderr
    assert "twelve characters" not in done.stderr


def test_init_does_not_overwrite_keys(mesh: Mesh) -> None:
    own = mesh.folder.of("330000")
    before = (own / "keys" / "signing.key").read_bytes()

    who = ("--province", "330000", "--name", "浙江省", "--endpoint", "127.0.0.1:1")
    done = run("init", *who, "--dir", own, "--passphrase-file", own / "passphrase")

    assert done.returncode == 2
    assert "holds keys already" in done.stderr
    assert (own / "keys" / "signing.key").read_bytes() == before


def test_keys_and_passphrase_are_for_their_owner_alone(mesh: Mesh) -> None:
    secret = [*(mesh.folder.of("330000") / "keys").glob("*.key"), mesh.folder.of("330000") / "passphrase"]

    assert len(secret) > 4
    assert {0o600} == {path.stat().st_mode & 0o777 for path in secret}
    assert all(b"ENCRYPTED" in path.read_bytes() for path in secret if path.suffix == ".key")


def test_a_passphrase_that_others_can_read_is_refused_with_the_command_that_mends_it(mesh: Mesh) -> None:
    passphrase = mesh.folder.of("330000") / "passphrase"
    passphrase.chmod(0o644)
    try:
        done = run("check-config", "--config", mesh.folder.config("330000"))
    finally:
        passphrase.chmod(0o600)

    assert done.returncode == 2
    assert f"chmod 600 {passphrase}" in done.stderr


def test_status_of_a_running_node_is_one_object(mesh: Mesh) -> None:
    done = run("status", "--config", mesh.folder.config(RUNNING), "--json")

    assert done.returncode == 0
    assert json.loads(done.stdout)["province"] == RUNNING


def test_status_of_a_node_that_does_not_run_ends_with_an_error(mesh: Mesh) -> None:
    done = run("status", "--config", mesh.folder.config("340000"))

    assert done.returncode == 2
    assert "is the node running?" in done.stderr


def test_a_changed_evidence_entry_is_found_and_ends_with_1(mesh: Mesh) -> None:
    mesh.start(["340000"])
    mesh.stop(["340000"])
    database = mesh.config("340000").node.data / "certmesh.db"
    with sqlite3.connect(database) as db:
        db.execute("DROP TRIGGER evidence_not_changed")  # whoever owns the file can do this
        changed = db.execute("UPDATE evidence SET entry = CAST(CAST(entry AS TEXT) || ' ' AS BLOB) WHERE idx = 0")
    db.close()
    assert changed.rowcount == 1

    done = run("evidence", "verify", "--config", mesh.folder.config("340000"), "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["fly"], id="an unknown command"),
        pytest.param(["serve"], id="a missing option"),
        pytest.param(["import", "--config"], id="an option without its value"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    assert run(*arguments).returncode == 2


def test_an_unreadable_holder_code_is_not_repeated(mesh: Mesh) -> None:
    done = run("uses", "--config", mesh.folder.config(RUNNING), stdin="320000199001011239\n")

    assert done.returncode == 2
    assert "GB 11643" in done.stderr
    assert "320000199001011239" not in done.stderr + done.stdout
