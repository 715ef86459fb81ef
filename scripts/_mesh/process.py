"""One node's daemon as a process of its own, and the `certmesh` command line as a call. No knowledge of what they are used for."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from node.cli.running import client_of
from node.config import load
from node.errors import NodeError
from scripts._mesh.errors import MeshError

CERTMESH = (sys.executable, "-P", "-m", "node")
COMMAND_TIMEOUT_S = 120.0
READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0  # the drain's grace and the store's close fit in twice
_POLL_S = 0.05


def certmesh(*arguments: str | Path, stdin: str = "") -> str:
    """Run one `certmesh` command to its end; returns what it printed on stdout.

    Raises:
        MeshError: it failed or did not end; the message holds what it said.
    """
    try:
        done = subprocess.run(
            [*CERTMESH, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MeshError(f"certmesh {arguments[0]} did not end within {COMMAND_TIMEOUT_S:g} s") from error
    if done.returncode:
        raise MeshError(f"certmesh {arguments[0]} ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


class Daemon:
    """`certmesh serve` for one province. Owned by the run's main thread; `freeze` and `thaw` may be called from another."""

    def __init__(self, province: str, config: Path, log: Path, lock: int) -> None:
        """`lock` is the run folder's; the daemon keeps it as long as it lives."""
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
                [*CERTMESH, "serve", "--config", str(self.config)],
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
