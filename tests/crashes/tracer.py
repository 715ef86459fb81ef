"""Runs a function in a forked child and injects a fault at the n-th system call that writes, syncs, cuts or renames files of a folder.

By ptrace(2), so it needs no program and no compiler: Linux 5.3 or newer on x86-64 or aarch64. The calling thread is the tracer; nothing
else of its process may wait for children meanwhile.
"""

import ctypes
import errno
import os
import platform
import signal
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_X86 = platform.machine() == "x86_64"
# <asm/unistd.h>, <asm-generic/unistd.h>
_BY_FD = (
    {"write": 1, "pwrite64": 18, "writev": 20, "pwritev": 296, "fsync": 74, "fdatasync": 75, "ftruncate": 77}
    if _X86
    else {"write": 64, "pwrite64": 68, "writev": 66, "pwritev": 70, "fsync": 82, "fdatasync": 83, "ftruncate": 46}
)
_RENAMES = {82, 264, 316} if _X86 else {38, 276}
_WITH_LENGTH = {_BY_FD["write"], _BY_FD["pwrite64"]}
_NUMBERS = {number: name for name, number in _BY_FD.items()} | dict.fromkeys(_RENAMES, "rename")

# <sys/ptrace.h>, <linux/elf.h>
_TRACEME, _SYSCALL, _SETOPTIONS = 0, 24, 0x4200
_GETREGSET, _SETREGSET, _GET_SYSCALL_INFO = 0x4204, 0x4205, 0x420E
_NT_PRSTATUS, _NT_ARM_SYSTEM_CALL = 1, 0x404
_TRACESYSGOOD, _TRACECLONE, _EXITKILL = 0x1, 0x8, 0x100000
_OPTIONS = _TRACESYSGOOD | _TRACECLONE | _EXITKILL
_ALL_THREADS = 0x40000000  # __WALL
_ENTRY = 1
_INFO = struct.Struct("=B3xIQQQ6Q")  # struct ptrace_syscall_info, of an entry
_RAX, _ORIG_RAX, _RDX = 10, 15, 12  # in user_regs_struct, words
_X0, _X2 = 0, 2
_SYSCALL_STOP = signal.SIGTRAP | 0x80

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)


class Fault(StrEnum):
    """What happens at the point."""

    NONE = "none"
    KILL = "kill"
    """SIGKILL before the call."""
    TORN = "torn"
    """A write writes half, then SIGKILL; any other call is made, then SIGKILL."""
    EIO = "eio"
    """The call fails once with EIO."""
    FULL = "full"
    """It and all later ones fail with ENOSPC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a child ended: the calls that counted, and its wait status."""

    calls: tuple[str, ...]
    status: int

    @property
    def killed(self) -> bool:
        """Whether the tracer's SIGKILL ended it."""
        return os.WIFSIGNALED(self.status) and os.WTERMSIG(self.status) == signal.SIGKILL


def traced(child: Callable[[], None], folder: Path, fault: Fault, point: int) -> Ran:
    """Fork, run `child`, inject at the `point`-th call (from 1) after it has raised SIGSTOP; wait for its end.

    Raises:
        OSError: this system does not let us trace.
    """
    pid = os.fork()
    if pid == 0:
        _run(child)
    return _Tracer(pid, str(folder), fault, point).follow()


def _run(child: Callable[[], None]) -> None:
    """In the child: never returns."""
    try:
        _ptrace(_TRACEME, 0)
        signal.raise_signal(signal.SIGSTOP)  # followed from here on, with every thread to come
        child()
    except BaseException:  # noqa: BLE001 - it has nobody to raise to
        os._exit(3)
    os._exit(0)


class _Tracer:
    """Follows one child with all its threads."""

    def __init__(self, pid: int, folder: str, fault: Fault, point: int) -> None:
        self._pid, self._folder, self._fault, self._point = pid, folder, fault, point
        self._calls: list[str] = []
        self._failing: dict[int, int] = {}  # by thread: the error that its call ends with
        self._dying: set[int] = set()
        self._followed = self._counting = False

    def follow(self) -> Ran:
        """Until the child has ended."""
        while True:
            thread, status = os.waitpid(-1, _ALL_THREADS)
            if os.WIFSTOPPED(status):
                self._stopped(thread, status)
            elif thread == self._pid:
                return Ran(calls=tuple(self._calls), status=status)

    def _stopped(self, thread: int, status: int) -> None:
        stop, passed = os.WSTOPSIG(status), 0
        if stop == _SYSCALL_STOP:
            self._at_call(thread)
        elif stop == signal.SIGSTOP and thread == self._pid:
            self._marked()
        elif stop not in {signal.SIGSTOP, signal.SIGTRAP}:  # those are of threads that begin
            passed = stop
        with suppress(ProcessLookupError):  # it was killed meanwhile
            _ptrace(_SYSCALL, thread, passed)

    def _marked(self) -> None:
        """The child's first stop is its beginning, the second says that calls count from here on."""
        if self._followed:
            self._counting = True
        else:
            _ptrace(_SETOPTIONS, self._pid, _OPTIONS)
            self._followed = True

    def _at_call(self, thread: int) -> None:
        buffer = ctypes.create_string_buffer(88)
        with suppress(ProcessLookupError):
            _ptrace(_GET_SYSCALL_INFO, thread, len(buffer), ctypes.addressof(buffer))
        operation, _, _, _, number, first, *_ = _INFO.unpack_from(buffer)
        if operation == _ENTRY:
            if self._counting and self._counts(thread, number, first):
                self._calls.append(_NUMBERS[number])
                self._inject(thread, number)
        elif thread in self._failing:
            _set_word(thread, _RAX if _X86 else _X0, -self._failing.pop(thread))
        elif thread in self._dying:
            os.kill(self._pid, signal.SIGKILL)

    def _counts(self, thread: int, number: int, first: int) -> bool:
        if number in _RENAMES:
            return True
        if number not in _NUMBERS:
            return False
        try:
            return str(Path(f"/proc/{thread}/fd/{first}").readlink()).startswith(self._folder)
        except OSError:
            return False

    def _inject(self, thread: int, number: int) -> None:
        here = len(self._calls) == self._point
        if self._fault is Fault.KILL and here:
            os.kill(self._pid, signal.SIGKILL)
        elif self._fault is Fault.TORN and here:
            self._dying.add(thread)
            if number in _WITH_LENGTH:
                _halve(thread)
        elif self._fault is Fault.EIO and here:
            self._fail(thread, errno.EIO)
        elif self._fault is Fault.FULL and len(self._calls) >= self._point:
            self._fail(thread, errno.ENOSPC)

    def _fail(self, thread: int, error: int) -> None:
        """Have the kernel make no call, and the thread see this error."""
        self._failing[thread] = error
        if _X86:
            _set_word(thread, _ORIG_RAX, -1)
        else:
            _regset(_SETREGSET, thread, _NT_ARM_SYSTEM_CALL, ctypes.create_string_buffer(struct.pack("=i", -1), 4))


def _halve(thread: int) -> None:
    """Halve the third argument of the call: a write's length."""
    word = _RDX if _X86 else _X2
    _set_word(thread, word, _words(thread)[word] // 2)


def _words(thread: int) -> list[int]:
    buffer = ctypes.create_string_buffer(512)
    size = _regset(_GETREGSET, thread, _NT_PRSTATUS, buffer)
    return list(struct.unpack_from(f"={size // 8}q", buffer))


def _set_word(thread: int, at: int, value: int) -> None:
    words = _words(thread)
    words[at] = value
    _regset(
        _SETREGSET,
        thread,
        _NT_PRSTATUS,
        ctypes.create_string_buffer(struct.pack(f"={len(words)}q", *words), 8 * len(words)),
    )


def _regset(request: int, thread: int, kind: int, buffer: "ctypes.Array[ctypes.c_char]") -> int:
    """Get or set registers; returns how many bytes there are."""
    vector = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), len(buffer))
    _ptrace(request, thread, kind, ctypes.addressof(vector))
    return int(vector[1])


def _ptrace(request: int, thread: int, address: int = 0, data: int | None = None) -> None:
    """The system call; where `data` is None, `address` is passed as data."""
    at, what = (0, address) if data is None else (address, data)
    if _libc.ptrace(request, thread, at, what) == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
