"""Secret files and passphrases: one source, nobody else's file, no link to elsewhere, the command that mends it, no secret said."""

import os
from pathlib import Path

import pytest

from node.errors import ConfigError
from node.secret_files import folder_problem, private_problem, read_passphrase

PHRASE = "correct horse battery"


def secret(path: Path, text: str = PHRASE, mode: int = 0o600) -> Path:
    path.touch()
    path.write_text(text + "\n")
    path.chmod(mode)
    return path


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as systemd makes it for one unit."""
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600], ids=oct)
def test_a_credential_is_read_from_the_folder_that_systemd_made(credentials: Path, mode: int) -> None:
    """0440 is how stat shows the access list by which systemd lets the unit's user in."""
    secret(credentials / "passphrase", mode=mode)

    assert read_passphrase(file=None, environment=None, credential="passphrase") == PHRASE.encode()


def test_a_credential_that_everybody_reads_is_refused(credentials: Path) -> None:
    secret(credentials / "passphrase", mode=0o444)
    with pytest.raises(ConfigError, match="readable by others"):
        read_passphrase(file=None, environment=None, credential="passphrase")


@pytest.mark.parametrize("name", ["../passphrase", "a/b", "..", ".", "a b", "/etc/passwd", "x" * 256])
def test_the_name_of_a_credential_is_a_name(credentials: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="LoadCredential=, without a folder"):
        read_passphrase(file=None, environment=None, credential=name)


def test_a_credential_that_the_unit_does_not_load_is_named_with_the_line_to_add(credentials: Path) -> None:
    with pytest.raises(ConfigError, match="add LoadCredential=other:/path/of/the/file to the unit"):
        read_passphrase(file=None, environment=None, credential="other")


def test_without_systemd_there_are_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ConfigError, match=r"\$CREDENTIALS_DIRECTORY is not set.*or use passphrase_file"):
        read_passphrase(file=None, environment=None, credential="passphrase")


@pytest.mark.parametrize(
    "sources", [(), ("file", "credential"), ("file", "environment"), ("environment", "credential")]
)
def test_there_is_exactly_one_source(tmp_path: Path, sources: tuple[str, ...]) -> None:
    given = {"file": secret(tmp_path / "p"), "environment": "CERTMESH_P", "credential": "passphrase"}
    chosen = {name: given[name] if name in sources else None for name in given}
    with pytest.raises(ConfigError, match="exactly one of"):
        read_passphrase(**chosen)  # type: ignore[arg-type]  # a table of arguments


def test_a_link_to_elsewhere_is_refused_and_one_within_the_folder_is_not(tmp_path: Path) -> None:
    """Container platforms mount secrets as links within the folder; a link out of it can be pointed anywhere by others."""
    (tmp_path / "keys").mkdir()
    secret(tmp_path / "elsewhere")
    secret(tmp_path / "keys" / "inside")
    (tmp_path / "keys" / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "keys" / "in").symlink_to("inside")

    assert private_problem(tmp_path / "keys" / "in") == ""
    assert "elsewhere, outside of its folder; put the file itself there" in private_problem(tmp_path / "keys" / "out")


def test_a_loop_of_links_a_pipe_and_a_folder_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir(mode=0o700)

    assert [("cannot be read" in private_problem(tmp_path / one)) for one in ("loop", "pipe", "folder")] == [True] * 3


def test_somebody_elses_file_is_refused_with_the_command(tmp_path: Path) -> None:
    """As user 65534 in a process of its own, where the tests run as root; other users may not change owners."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    path, folder = secret(tmp_path / "p"), tmp_path / "keys"
    folder.mkdir(mode=0o700)
    for one in (path, folder):
        os.chown(one, 4242, 4242)
    for up in tmp_path.parents:
        if up.stat().st_uid == 0 and str(up).startswith("/tmp/"):
            up.chmod(0o755)
    tmp_path.chmod(0o755)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setuid(65_534)
        os.write(writer, f"{private_problem(path)}\n{folder_problem(folder)}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    said = os.read(reader, 4096).decode().splitlines()
    os.close(reader)

    assert said == [
        f"{path}: belongs to user 4242, this is user 65534; run: chown 65534 {path}",
        f"{folder}: belongs to user 4242, this is user 65534; run: chown 65534 {folder}",
    ]
    assert private_problem(path) == "", "root may use anybody's"


@pytest.mark.parametrize(
    ("mode", "words"), [(0o700, ""), (0o500, ""), (0o750, "readable by others"), (0o702, "writable by others")]
)
def test_a_folder_of_keys_is_its_owners_alone(tmp_path: Path, mode: int, words: str) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    folder.chmod(mode)
    said = folder_problem(folder)

    assert words in said
    assert bool(words) == said.endswith(f"run: chmod 700 {folder}")


def test_no_message_says_a_part_of_the_secret(tmp_path: Path) -> None:
    for text, mode in ((PHRASE, 0o644), ("short one", 0o600), ("\udcff" * 3, 0o600)):
        path = tmp_path / "p"
        path.touch()
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        path.chmod(mode)
        with pytest.raises(ConfigError) as caught:
            read_passphrase(file=path, environment=None)
        assert text not in str(caught.value)
