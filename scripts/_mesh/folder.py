"""The folder a mesh runs in: claimed by one run at a time, filled from config/four-provinces, its ports made free. Starts nothing."""

import fcntl
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from node.library.demo import SealMaker, open_seal_ca
from node.library.invented import PROVINCES
from scripts._mesh.errors import MeshError
from trust.ofd import Verdict

CHECKOUT = Path(__file__).resolve().parents[2]
SAMPLES = CHECKOUT / "config" / "four-provinces"
MARKER = ".certmesh-mesh"
_FIRST_PORT, _END_PORT, _ROW, _TRIES = 10_000, 32_000, 20, 100
_LISTS = re.compile(r"(?m)^\[lists\]\n(?:\w.*\n)+")
_LISTEN = re.compile(r'(?m)^(listen = "127\.0\.0\.1:)(\d+)(")')


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """A claimed folder. `lock` is an open file whose lock the run and its daemons share: while one of them lives, nobody else claims it."""

    root: Path
    lock: int

    def config(self, province: str) -> Path:
        """The province's configuration file."""
        return self.root / f"{province}.toml"

    def of(self, province: str) -> Path:
        """The province's own folder: keys, data, log."""
        return self.root / province

    @property
    def membership(self) -> Path:
        """The membership document."""
        return self.root / "membership.json"

    @property
    def seal_ca(self) -> Path:
        """The folder of the one test CA behind all seals of the run; `seal-ca.crt` is there from the start."""
        return self.root / "seal-ca"

    def seal_maker(self) -> SealMaker:
        """Makes the seals of demonstration certificates under the run's CA."""
        return SealMaker(open_seal_ca(self.seal_ca))

    def accept_all(self) -> None:
        """Let the nodes take in files that no configured CA vouches for, or nobody sealed: for real files in a demonstration."""
        words = ", ".join(
            f'"{verdict}"' for verdict in Verdict if verdict not in {Verdict.TAMPERED, Verdict.COPY_EXPIRED}
        )
        for code in PROVINCES:
            path = self.config(code)
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace('accept = ["VALID"]', f"accept = [{words}]"), encoding="utf-8")

    def without_lists(self) -> None:
        """Let no node publish the samples' lists: for a mesh whose lists are made elsewhere, accepted by nobody."""
        for code in PROVINCES:
            path = self.config(code)
            text = path.read_text(encoding="utf-8")
            path.write_text(_LISTS.sub("[lists]\n", text), encoding="utf-8")

    def release(self) -> None:
        """Let others have it; the daemons must have ended."""
        os.close(self.lock)


def claim(root: Path, *, free_ports: bool = False) -> RunFolder:
    """Empty `root` and fill it with configuration, passphrases and a test CA for seals.

    With `free_ports` the sample's own ports are not tried.

    Raises:
        MeshError: it holds something that no mesh run made, or a run is using it.
    """
    marker = root / MARKER
    if root.exists() and not marker.exists() and any(root.iterdir()):
        raise MeshError(f"{root} holds files that are not a mesh run's; choose another --dir")
    root.mkdir(parents=True, exist_ok=True)
    lock = os.open(marker, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise MeshError(f"a mesh is running in {root}; stop it first, or choose another --dir") from error
    _empty(root)
    _fill(root, free_ports=free_ports)
    folder = RunFolder(root=root, lock=lock)
    open_seal_ca(folder.seal_ca)
    return folder


def _empty(root: Path) -> None:
    for path in root.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()


def _fill(root: Path, *, free_ports: bool) -> None:
    shutil.copytree(SAMPLES / "lists", root / "lists")
    texts = {code: (SAMPLES / f"{code}.toml").read_text(encoding="utf-8") for code in PROVINCES}
    ports = [int(found[2]) for text in texts.values() for found in _LISTEN.finditer(text)]
    if free_ports or not _are_free(ports):
        moved = dict(zip(ports, _free(len(ports)), strict=True))
        texts = {
            code: _LISTEN.sub(lambda found: f"{found[1]}{moved[int(found[2])]}{found[3]}", text)
            for code, text in texts.items()
        }
    for code, text in texts.items():
        (root / f"{code}.toml").write_text(text, encoding="utf-8")
        (root / code).mkdir(mode=0o700)
        passphrase = root / code / "passphrase"
        passphrase.touch(mode=0o600)
        passphrase.write_text(secrets.token_urlsafe(24) + "\n", encoding="ascii")


def _are_free(ports: Iterable[int]) -> bool:
    with ExitStack() as stack:
        try:
            for port in ports:
                _bind(stack, port)
        except OSError:
            return False
    return True


def _free(count: int) -> list[int]:
    """Ports that nobody listens on now: a row of them, below those that the system gives to outgoing connections.

    Another mesh may be choosing at this moment, and the daemons take them only seconds later; rows begin at random, so two seldom meet.

    Raises:
        MeshError: none was found.
    """
    for _ in range(_TRIES):
        first = _FIRST_PORT + _ROW * secrets.randbelow((_END_PORT - _FIRST_PORT) // _ROW)
        ports = list(range(first, first + count))
        if _are_free(ports):
            return ports
    raise MeshError(f"no {count} free ports in a row between {_FIRST_PORT} and {_END_PORT}; stop what listens there")


def _bind(stack: ExitStack, port: int) -> None:
    taken = stack.enter_context(socket.socket())
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
    taken.bind(("127.0.0.1", port))
