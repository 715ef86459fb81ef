"""Files that hold secrets, and where a passphrase comes from: whose they are, who may read them, and what to run where that is wrong.

REQUIREMENTS 11.3. A passphrase has exactly one source: a file, an environment variable, or a systemd credential
(https://systemd.io/CREDENTIALS: a file in $CREDENTIALS_DIRECTORY, in memory, readable by the unit alone). It is never an argument, never
logged, and never part of a message.
"""

import os
import re
import stat
from pathlib import Path

from node.errors import ConfigError

MIN_PASSPHRASE = 12  # characters
MAX_SECRET_FILE = 64 * 1024
_CREDENTIAL = re.compile(r"[A-Za-z0-9._-]{1,255}", re.ASCII)
_OTHERS = 0o077
_ROOT = 0


def read_passphrase(*, file: Path | None, environment: str | None, credential: str | None = None) -> bytes:
    """The passphrase from its one source; `credential` is a name within systemd's $CREDENTIALS_DIRECTORY.

    Raises:
        ConfigError: no source or several, a file that is missing or not the owner's alone, or a passphrase shorter than 12 characters.
    """
    if sum(one not in (None, "") for one in (file, environment, credential)) != 1:
        raise ConfigError("keys: give exactly one of passphrase_file, passphrase_env and passphrase_credential")
    if file is not None:
        check_private(file)
        where, phrase = str(file), read_text(file).strip()
    elif credential:
        where, phrase = f"the credential {credential}", _credential(credential)
    else:
        where, phrase = str(environment), os.environ.get(str(environment), "")
    if len(phrase) < MIN_PASSPHRASE:
        raise ConfigError(f"keys: the passphrase from {where} is shorter than {MIN_PASSPHRASE} characters")
    return phrase.encode()


def _credential(name: str) -> str:
    """A credential that systemd put there for this unit."""
    if not _CREDENTIAL.fullmatch(name) or name in {".", ".."}:
        raise ConfigError("keys.passphrase_credential: write the name that stands in LoadCredential=, without a folder")
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        raise ConfigError(
            f"keys.passphrase_credential: $CREDENTIALS_DIRECTORY is not set; start the node as a systemd unit with "
            f"LoadCredential={name}:/path/of/the/file, or use passphrase_file"
        )
    path = Path(folder) / name
    # systemd lets a unit's user in by an access list, which shows as bits of the group; others have none.
    if problem := _problem(path, forbidden=0o007, remedy=f"add LoadCredential={name}:/path/of/the/file to the unit"):
        raise ConfigError(problem)
    return read_text(path).strip()


def check_private(path: Path) -> None:
    """Refuse a secret file that is missing, somebody else's, or in reach of others.

    Raises:
        ConfigError: with the command that mends it.
    """
    if problem := private_problem(path):
        raise ConfigError(problem)


def private_problem(path: Path) -> str:
    """What is wrong with a secret file and what to run, or ""."""
    return _problem(path, forbidden=_OTHERS, remedy="run `certmesh init` or correct the path")


def folder_problem(path: Path) -> str:
    """What is wrong with a folder of secrets and what to run, or "": it is the owner's alone, so that nobody else puts files there."""
    try:
        found = path.stat()
    except OSError as error:
        return f"{path}: cannot be read ({error.strerror}); run `certmesh init` or correct the path"
    if not stat.S_ISDIR(found.st_mode):
        return f"{path}: not a folder; correct the path"
    return _owner_problem(path, found) or _mode_problem(path, found, _OTHERS, "700")


def _problem(path: Path, *, forbidden: int, remedy: str) -> str:
    try:
        found, target = path.stat(), path.resolve()
        beside = target.is_relative_to(path.parent.resolve())
    except (OSError, RuntimeError) as error:
        return f"{path}: cannot be read ({getattr(error, 'strerror', None) or 'a loop of links'}); {remedy}"
    if not stat.S_ISREG(found.st_mode):
        return f"{path}: cannot be read (not a file); correct the path"
    if not beside:
        return f"{path}: a link to {target}, outside of its folder; put the file itself there"
    return _owner_problem(path, found) or _mode_problem(path, found, forbidden, "600")


def _owner_problem(path: Path, found: os.stat_result) -> str:
    """Ours or root's: whoever else owns it can change it. Root may use anybody's."""
    me = os.geteuid()
    if me == _ROOT or found.st_uid in {me, _ROOT}:
        return ""
    return f"{path}: belongs to user {found.st_uid}, this is user {me}; run: chown {me} {path}"


def _mode_problem(path: Path, found: os.stat_result, forbidden: int, wanted: str) -> str:
    loose = found.st_mode & forbidden
    if not loose:
        return ""
    word = "writable" if loose & 0o022 else "readable"
    return f"{path}: {word} by others; run: chmod {wanted} {path}"


def read_bytes(path: Path) -> bytes:
    """A file of bounded size.

    Raises:
        ConfigError: unreadable, or larger than 64 KiB.
    """
    try:
        with path.open("rb") as reading:
            data = reading.read(MAX_SECRET_FILE + 1)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); run `certmesh init` or correct the path"
        ) from error
    if len(data) > MAX_SECRET_FILE:
        raise ConfigError(f"{path}: larger than 64 KiB, not a key or certificate")
    return data


def read_text(path: Path) -> str:
    """A text file of bounded size.

    Raises:
        ConfigError: unreadable, too large, or not text.
    """
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not a text file; put back the file that `certmesh init` made") from error
