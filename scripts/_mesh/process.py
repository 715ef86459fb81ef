"""One node's daemon as a process of its own, and the `certmesh` command line as a call. No knowledge of what they are used for."""

import contextlib
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from node.cli import main
from node.cli.running import client_of
from node.config import load
from node.errors import NodeError
from scripts._mesh.errors import MeshError

CERTMESH = (sys.executable, "-P", "-m", "node")
# Commands are forked from a server that has imported this module and all it needs: importing takes most of a command's second.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])
COMMAND_TIMEOUT_S = 120.0
READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0  # the drain's grace and the store's close fit in twice
_POLL_S = 0.05


def certmesh(*arguments: str | Path, stdin: str = "", codes: Sequence[int] = (0,)) -> str:
    """Run one `certmesh` command to its end, in a process of its own; returns what it printed on stdout. `codes` are good ends.

    Raises:
        MeshError: it failed or did not end; the message holds what it said.
    """
    answer, theirs = _FORKS.Pipe(duplex=False)
    process = _FORKS.Process(target=_command, args=([*map(str, arguments)], stdin, theirs))
    process.start()
    theirs.close()
    try:
        if not answer.poll(COMMAND_TIMEOUT_S):
            raise MeshError(f"certmesh {arguments[0]} did not end within {COMMAND_TIMEOUT_S:g} s")
        code, out, err = answer.recv()
    except EOFError as error:
        raise MeshError(f"certmesh {arguments[0]} died") from error
    finally:
        answer.close()
        process.kill()
        process.join()
    if code not in codes:
        raise MeshError(f"certmesh {arguments[0]} ended with {code}: {(err or out).strip()}")
    return str(out)


def _command(arguments: list[str], stdin: str, answer: Connection) -> None:
    """In the new process: the command line itself, as `certmesh` calls it."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    sys.argv, sys.stdin = ["certmesh", *arguments], io.StringIO(stdin)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception:  # noqa: BLE001 - as the interpreter would end
            traceback.print_exc()
            code = 1
    answer.send((code, out.getvalue(), err.getvalue()))


class Daemon:
    """`certmesh serve` for one province. Owned by the run's main thread; `freeze` and `thaw` may be called from another."""

    def __init__(self, province: str, config: Path, log: Path, lock: int, program: Sequence[str] = CERTMESH) -> None:
        """`lock` is the run folder's; the daemon keeps it as long as it lives. `program` takes the arguments of `certmesh`."""
        self._program = tuple(program)
        self.province = province
        self.config = config
        self.log = log
        self._lock = lock
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of a started daemon."""
        return self._started().pid

    def start(self) -> None:
        """Start the process; its log is appended to. A process group of its own keeps the terminal's Ctrl-C away from it."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._program, "serve", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(self._lock,),
            )

    def wait_ready(self) -> None:
        """Wait until the node takes requests.

        Raises:
            MeshError: it ended, or was not ready in time.
        """
        end = time.monotonic() + READY_TIMEOUT_S
        while not self._is_ready():
            if not self.running:
                raise MeshError(f"the node of {self.province} ended at its start", self.province)
            if time.monotonic() > end:
                raise MeshError(f"the node of {self.province} was not ready in {READY_TIMEOUT_S:g} s", self.province)
            time.sleep(_POLL_S)

    def _is_ready(self) -> bool:
        try:
            return client_of(load(self.config)).ready()
        except NodeError:  # it has not written its token yet
            return False

    def stop(self) -> int:
        """SIGTERM, and wait; returns the exit code.

        Raises:
            MeshError: it did not end in time; it is killed.
        """
        process = self._started()
        self.thaw()
        process.terminate()
        try:
            return process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise MeshError(
                f"the node of {self.province} did not stop in {STOP_TIMEOUT_S:g} s", self.province
            ) from error

    def kill(self) -> None:
        """SIGKILL, and wait: no chance to tidy up."""
        process = self._started()
        process.kill()
        process.wait(STOP_TIMEOUT_S)

    def freeze(self) -> None:
        """SIGSTOP: connections stay, answers do not come."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def log_tail(self, lines: int = 15) -> str:
        """The end of its log."""
        try:
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise MeshError(f"the node of {self.province} was never started")
        return self._process

    def _signal(self, number: int) -> None:
        if self.running:
            os.kill(self.pid, number)
