"""`certmesh check-config`: every mistake is told with the file, the dotted key and the fix, before anything starts."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from node.cli import app
from node.errors import ConfigError
from node.lists import files
from node.ports.lists import Kind
from scripts._mesh.folder import SAMPLES
from scripts._mesh.process import CERTMESH

DEPLOY = SAMPLES.parent / "deploy"
MAIN, CATALOGUE, USELIST = "320000.toml", "lists/320000-catalogue.toml", "lists/320000-uselist.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLES, tmp_path / "config"))


def check(folder: Path) -> None:
    app(["check-config", "--offline", "--config", str(folder / MAIN)], standalone_mode=False)


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.glob("*.toml")))
def test_the_samples_are_good(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    app(["check-config", "--offline", "--config", str(SAMPLES / sample)], standalone_mode=False)

    assert f"{sample}: good" in capsys.readouterr().out


def test_the_sample_for_production_is_good_beside_its_lists(folder: Path) -> None:
    shutil.copy(DEPLOY / "node.toml", folder / MAIN)
    for kind in (Kind.CATALOGUE, Kind.USELIST):
        entries = files.founding(folder / "lists" / f"320000-{kind}.toml", kind, "320000")
        (folder / "lists" / f"{kind}.xlsx").write_bytes(files.write(kind, entries, "xlsx"))

    check(folder)


@pytest.mark.parametrize(
    ("file", "pattern", "replacement", "key", "fix"),
    [
        pytest.param(MAIN, r'province = "320000"  #', "#", "node.province", "add it", id="a mandatory key is missing"),
        pytest.param(MAIN, r"\[peer\]\n.*\n", "", "peer", "add it", id="a whole section is missing"),
        pytest.param(MAIN, r"\[drain\]", "[drian]", "drian", "spelling", id="a section is misspelt"),
        pytest.param(MAIN, r"deadline =", "dedline =", "search.dedline", "spelling", id="a key is misspelt"),
        pytest.param(MAIN, r'"320000"  #', '"32"  #', "node.province", "correct", id="a province code is too short"),
        pytest.param(MAIN, r'deadline = "3s"', "deadline = 3", "search.deadline", '"3s"', id="a duration has no unit"),
        pytest.param(
            MAIN, r'deadline = "3s"', 'deadline = "2m"', "search.deadline", "correct", id="a duration is out of range"
        ),
        pytest.param(MAIN, r'"127.0.0.1:7320"', '"7320"', "peer.listen", "127.0.0.1:", id="a port has no address"),
        pytest.param(
            MAIN, r'"127.0.0.1:8320"', '"0.0.0.0:8320"', "rest.listen", "tls_certificate", id="REST is open without TLS"
        ),
        pytest.param(
            MAIN, r'"127.0.0.1:9320"', '"0.0.0.0:9320"', "admin.listen", "127.0.0.1", id="the admin port is open"
        ),
        pytest.param(
            MAIN, r"passphrase_file", "# passphrase_file", "keys", "exactly one", id="no source of the passphrase"
        ),
        pytest.param(
            MAIN, r"320000-catalogue", "no-catalogue", "lists.catalogue", "create it", id="a list file is not there"
        ),
        pytest.param(
            MAIN, r'token_sm3 = "36', 'token_sm3 = "zz', "apps.0.token_sm3", "correct", id="a token digest is no SM3"
        ),
        pytest.param(CATALOGUE, r"type_name = .*", "", "types[0].type_name", "add it", id="a catalogue key is missing"),
        pytest.param(
            CATALOGUE, r'type_code = "11', 'type_code = "', "types[0].type_code", "21", id="a type code is too short"
        ),
        pytest.param(
            CATALOGUE, r'"FILE", "DATA"', '"PAPER"', "types[0].share_modes", "FILE", id="a share mode is unknown"
        ),
        pytest.param(
            USELIST,
            r"\npurpose",
            "\nporpoise",
            "lines[0].porpoise",
            "did you mean purpose?",
            id="a line key is misspelt",
        ),
        pytest.param(USELIST, r'"DUTY"', '"WHIM"', "lines[0].auth_mode", "DUTY", id="an authorisation mode is unknown"),
        pytest.param(
            USELIST, r"2024-01-01", "2044-01-01", "lines[0].valid_to", "valid_from", id="a line ends before it begins"
        ),
        pytest.param(USELIST, r"\[\[lines\]\]", "[[rows]]", "lines", "remove", id="a table is of another name"),
    ],
)
def test_a_mistake_is_told_with_file_key_and_fix(
    folder: Path, file: str, pattern: str, replacement: str, key: str, fix: str
) -> None:
    text = (folder / file).read_text()
    broken, count = re.subn(pattern, replacement, text, count=1)
    assert count == 1
    (folder / file).write_text(broken)

    with pytest.raises(ConfigError) as told:
        check(folder)

    message = str(told.value)
    assert (folder / file).name in message
    assert key in message
    assert fix in message


def test_all_mistakes_of_a_file_are_told_at_once(folder: Path) -> None:
    text = (folder / MAIN).read_text()
    (folder / MAIN).write_text(text.replace('"3s"', '"3 s"').replace('"127.0.0.1:7320"', '"7320"'))

    with pytest.raises(ConfigError) as told:
        check(folder)

    assert len(str(told.value).splitlines()) == 2


def test_the_command_ends_with_2_and_one_message_on_stderr(folder: Path) -> None:
    (folder / MAIN).write_text("[node\n")

    done = subprocess.run(
        [*CERTMESH, "check-config", "--offline", "--config", str(folder / MAIN)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"certmesh: {folder / MAIN}: not TOML")
    assert "Traceback" not in done.stderr
