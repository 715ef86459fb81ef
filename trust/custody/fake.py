"""A hardware module of software, with faults on command: two SM2 keys in a process of their own, which never leave it.

Product code for tests and rehearsals, as `federation.testing` is; no node is configured with it. What it lacks is tamper resistance.
The child (`trust.custody.fake_process`) makes the keys and answers one JSON line for each line it is sent.
"""

import enum
import json
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from trust import gm
from trust.errors import CustodyError, DecryptionError
from trust.gm import is_ciphertext

LIMIT_S = 10.0
_MAX_LINE = 1 << 20


class Fault(enum.StrEnum):
    """What is wrong with the module from now on."""

    NONE = "none"
    BUSY = "busy"
    LOGGED_OUT = "logged_out"
    LATE = "late"  # the answer comes only after the next question
    GARBAGE = "garbage"
    OTHER_KEY = "other_key"  # a good signature, by another key
    OTHER_MESSAGE = "other_message"


class FakeModule:
    """The module. Threads may share it: it answers one at a time."""

    def __init__(self, *, limit_s: float = LIMIT_S) -> None:
        """Start the process; `limit_s` is how long an answer may take."""
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._number = 0
        self._pending = b""
        command = [sys.executable, "-P", "-m", "trust.custody.fake_process"]
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, a module of ours
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.signer = _FakeSigner(self, gm.PublicKey.from_point(self.ask("public", "signing")))
        self.unwrapper = _FakeUnwrapper(self, gm.PublicKey.from_point(self.ask("public", "encryption")))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; its keys are gone."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()

    def break_down(self) -> None:
        """The module is pulled out in the middle of work."""
        self._process.kill()
        self._process.wait()

    def have(self, fault: Fault, times: int = 1_000_000) -> None:
        """Have a fault for the next questions; NONE mends it."""
        self.ask("fault", f"{fault.value} {times}", text=True)

    def ask(self, verb: str, argument: str, *, text: bool = False) -> bytes:
        """One question, its answer as bytes.

        Raises:
            CustodyError: the module did not answer, or said no.
            DecryptionError: the module says that the ciphertext does not open.
        """
        with self._lock:
            self._number += 1
            self._send({"id": self._number, "verb": verb, "argument": argument})
            answer = self._answer_to(self._number)
        if "error" in answer:
            if answer["error"] == "UNOPENED":
                raise DecryptionError("the SM2 ciphertext does not open with this key")
            raise CustodyError(answer["error"], answer["detail"])
        try:
            return b"" if text else bytes.fromhex(answer["ok"])
        except ValueError as error:
            raise CustodyError("WRONG", "its answer is not one") from error

    def _send(self, question: dict[str, Any]) -> None:
        try:
            os.write(_fileno(self._process.stdin), json.dumps(question).encode() + b"\n")
        except (OSError, ValueError) as error:
            raise CustodyError("GONE", "no connection; see whether the module has power") from error

    def _answer_to(self, number: int) -> dict[str, Any]:
        """The answer with this number; late answers to earlier questions are thrown away."""
        end = time.monotonic() + self._limit_s
        while True:
            answer: dict[str, Any] = json.loads(self._line(end))
            if answer["id"] == number:
                return answer

    def _line(self, end: float) -> bytes:
        source = _fileno(self._process.stdout)
        while b"\n" not in self._pending:
            if not select.select([source], [], [], max(0.0, end - time.monotonic()))[0]:
                raise CustodyError("SLOW", f"no answer within {self._limit_s:g} s")
            data = os.read(source, 65_536)
            if not data or len(self._pending) > _MAX_LINE:
                raise CustodyError("GONE", "the connection ended; see whether the module has power")
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        return line


def _fileno(stream: Any) -> int:
    number: int = stream.fileno()
    return number


@dataclass(frozen=True, slots=True, repr=False)
class _FakeSigner:
    module: FakeModule
    public: gm.PublicKey = field()

    def sign(self, message: bytes) -> bytes:
        return self.module.ask("sign", message.hex())


@dataclass(frozen=True, slots=True, repr=False)
class _FakeUnwrapper:
    module: FakeModule
    public: gm.PublicKey = field()

    def decrypt(self, ciphertext: bytes) -> bytes:
        if not is_ciphertext(ciphertext):
            raise DecryptionError("the SM2 ciphertext does not open with this key")
        return self.module.ask("decrypt", ciphertext.hex())
