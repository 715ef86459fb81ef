"""Every command that verifies asks a second library, and one that lies is found out: exit code 4, a loud line, and a member in JSON.

The liar is a package named gmssl that stands before the real one in the commands' path: what a broken or bought library would be.
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from node.cli.second_opinion import MAX_UNASKED, second_opinion
from scripts._mesh.mesh import Mesh
from scripts._mesh.process import CERTMESH
from tests.blackbox.conftest import RUNNING
from tests.trust.ofd.signatures.makers import sealed
from trust.ofd.signatures import write_package

pytestmark = pytest.mark.timeout(300)

SM2 = """
class CryptSM2:
    def __init__(self, private_key, public_key):
        self.public_key = public_key
    def verify(self, Sign, data):
        return {verdict}
"""
SM3 = "import hashlib\ndef sm3_hash(data):\n    return hashlib.new('sm3', bytes(data)).hexdigest()\n"
Arguments = Callable[[Mesh, Path], list[str | Path]]


def ofd(folder: Path) -> Path:
    path = folder / "sealed.ofd"
    path.write_bytes(write_package(sealed()))
    return path


COMMANDS: dict[str, Arguments] = {
    "evidence verify": lambda mesh, _: ["evidence", "verify", "--config", mesh.folder.config(RUNNING)],
    "membership show": lambda mesh, _: ["membership", "show", mesh.folder.membership],
    "identity show": lambda mesh, _: ["identity", "show", "--keys", mesh.folder.of(RUNNING) / "keys"],
    "ofd verify": lambda _, folder: ["ofd", "verify", ofd(folder)],
}


def liar(folder: Path, verdict: str) -> dict[str, str]:
    """An environment in which gmssl says one thing whatever it is shown."""
    package = folder / "shadow" / "gmssl"
    package.mkdir(parents=True)
    for name, text in (("__init__", ""), ("sm2", SM2.format(verdict=verdict)), ("sm3", SM3)):
        (package / f"{name}.py").write_text(text)
    return {**os.environ, "PYTHONPATH": str(package.parent)}


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [*CERTMESH, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, env=env)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_real_one_agrees_and_the_number_of_signatures_is_told(mesh: Mesh, tmp_path: Path, name: str) -> None:
    done = run(*COMMANDS[name](mesh, tmp_path), "--json")
    told = json.loads(done.stdout)["second_opinion"]

    assert done.returncode == 0, done.stderr
    assert (told["asked"], told["agrees"], told["too_long"]) == (True, True, 0)
    assert told["signatures"] >= 1


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_library_that_refuses_what_is_good_is_an_alarm_of_its_own(mesh: Mesh, tmp_path: Path, name: str) -> None:
    done = run(*COMMANDS[name](mesh, tmp_path), "--json", env=liar(tmp_path, "False"))

    assert done.returncode == 4
    assert "ALARM" in done.stderr
    assert "libcrypto accepts and gmssl refuses" in done.stderr
    shown = json.loads(done.stdout.splitlines()[-1])
    assert (shown["ok"], shown["second_opinion"]["agrees"]) == (False, False)


def test_a_library_that_accepts_a_forgery_is_found_out_by_the_forgery(mesh: Mesh, tmp_path: Path) -> None:
    """The membership with one byte of a signature changed: libcrypto says no."""
    document = json.loads(mesh.folder.membership.read_text())
    good = document["signatures"][0]["sig"]
    document["signatures"][0]["sig"] = ("B" if good[0] == "A" else "A") + good[1:]
    path = tmp_path / "forged.json"
    path.write_text(json.dumps(document))
    done = run("membership", "show", path, env=liar(tmp_path, "True"))
    both = run("membership", "show", path)

    assert done.returncode == 4
    assert "libcrypto refuses and gmssl accepts" in done.stderr
    assert both.returncode == 0, "the two real ones agree that it is not signed"
    assert "second opinion: gmssl agrees on" in both.stdout


def test_who_does_not_ask_gets_libcryptos_answer_and_is_told_so(mesh: Mesh, tmp_path: Path) -> None:
    document = COMMANDS["membership show"](mesh, tmp_path)
    done = run(*document, "--no-second-opinion", env=liar(tmp_path, "False"))

    assert done.returncode == 0
    assert "second opinion: not asked" in done.stdout


def test_many_checkpoints_are_not_asked_about_unasked() -> None:
    """10 ms a signature: from 500 on it has to be asked for."""
    with second_opinion(None, signatures=MAX_UNASKED, as_json=False) as few:
        pass
    with second_opinion(None, signatures=MAX_UNASKED + 1, as_json=False) as many:
        pass
    with second_opinion(True, signatures=MAX_UNASKED + 1, as_json=False) as asked:  # noqa: FBT003 - as the option gives it
        pass

    assert [one.as_dict()["asked"] for one in (few, many, asked)] == [True, False, True]
