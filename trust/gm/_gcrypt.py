"""SM4-GCM from the system's libgcrypt, through ctypes: four times as fast as the OpenSSL in `cryptography`.

Part of every Debian, Ubuntu and RHEL; where it is missing, `_sm4` takes another engine. A libgcrypt handle belongs to
one thread at a time, so each key keeps a stack of idle handles and a call takes one for itself; ctypes releases the GIL
while libgcrypt works.
"""

import ctypes
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trust.errors import CryptoUnavailableError, DecryptionError

_OLDEST = b"1.9.0"  # the first release with SM4
_SM4, _GCM = 318, 9  # gcrypt.h: GCRY_CIPHER_SM4, GCRY_CIPHER_MODE_GCM
_DISABLE_SECMEM, _INITIALIZATION_FINISHED, _INITIALIZATION_FINISHED_P = 37, 38, 39  # gcrypt.h: gcry_ctl_cmds
_TAG_BYTES = 16

# A new bytes object is filled before anybody else sees it (the C API allows exactly that), which saves a copy of the
# whole chunk.
_new_bytes = ctypes.pythonapi.PyBytes_FromStringAndSize
_new_bytes.restype, _new_bytes.argtypes = ctypes.py_object, (ctypes.c_char_p, ctypes.c_ssize_t)
_address = ctypes.pythonapi.PyBytes_AsString
_address.restype, _address.argtypes = ctypes.c_void_p, (ctypes.py_object,)


@dataclass(frozen=True, slots=True)
class _Library:
    """The functions of libgcrypt that SM4-GCM takes, typed."""

    version: str
    open: Callable[..., int]
    close: Callable[..., Any]
    set_key: Callable[..., int]
    set_nonce: Callable[..., int]
    authenticate: Callable[..., int]
    encrypt: Callable[..., int]
    decrypt: Callable[..., int]
    get_tag: Callable[..., int]
    check_tag: Callable[..., int]


@functools.cache
def library() -> _Library:
    """Load and initialise libgcrypt once.

    Raises:
        CryptoUnavailableError: it is not installed or older than 1.9.
    """
    try:
        gcrypt = ctypes.CDLL("libgcrypt.so.20")
    except OSError as error:
        raise CryptoUnavailableError("libgcrypt is not installed (Debian package libgcrypt20)") from error
    version = _initialise(gcrypt)
    pointer, data, size, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int

    def bind(name: str, *arguments: Any) -> Callable[..., Any]:
        function = getattr(gcrypt, f"gcry_cipher_{name}")
        function.restype, function.argtypes = ctypes.c_uint, (pointer, *arguments)
        return function  # type: ignore[no-any-return]

    return _Library(
        version=version,
        open=bind("open", number, number, ctypes.c_uint),
        close=bind("close"),
        set_key=bind("setkey", data, size),
        set_nonce=bind("setiv", data, size),
        authenticate=bind("authenticate", data, size),
        encrypt=bind("encrypt", pointer, size, pointer, size),
        decrypt=bind("decrypt", pointer, size, pointer, size),
        get_tag=bind("gettag", pointer, size),
        check_tag=bind("checktag", pointer, size),
    )


def _initialise(gcrypt: ctypes.CDLL) -> str:
    """Do the start-up that libgcrypt asks of every program (manual, clause 2.4); returns the version."""
    gcrypt.gcry_check_version.restype, gcrypt.gcry_check_version.argtypes = ctypes.c_char_p, (ctypes.c_char_p,)
    gcrypt.gcry_control.restype, gcrypt.gcry_control.argtypes = ctypes.c_uint, (ctypes.c_int, ctypes.c_int)
    version: bytes | None = gcrypt.gcry_check_version(_OLDEST)
    if version is None:
        raise CryptoUnavailableError("libgcrypt is older than 1.9 and has no SM4")
    if not gcrypt.gcry_control(_INITIALIZATION_FINISHED_P, 0):  # another library of this process may have done it
        gcrypt.gcry_control(_DISABLE_SECMEM, 0)  # keys live in Python's memory anyway; locked pages would only warn
        gcrypt.gcry_control(_INITIALIZATION_FINISHED, 0)
    return version.decode()


class GcryptGcm:
    """SM4-GCM under one key. Threads may use it at the same time."""

    name = "libgcrypt"
    __slots__ = ("_idle", "_key", "_library")

    def __init__(self, key: bytes) -> None:
        self._idle: list[int] = []  # append and pop are atomic: a handle is in the list or with one call, never both
        self._library = library()
        self._key = key
        self._idle.append(self._open())

    def __del__(self) -> None:  # a finalizer object would cost as much as sealing a short message
        while self._idle:
            self._library.close(self._idle.pop())

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Return ciphertext and tag."""
        size = len(plaintext)
        sealed: bytes = _new_bytes(None, size + _TAG_BYTES)
        at, handle = _address(sealed), self._start(nonce, aad)
        _must(self._library.encrypt(handle, at, size, _address(plaintext), size))
        _must(self._library.get_tag(handle, at + size, _TAG_BYTES))
        self._idle.append(handle)
        return sealed

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext once the tag has been checked; the length has been checked by the caller."""
        size = len(sealed) - _TAG_BYTES
        plaintext: bytes = _new_bytes(None, size)
        at, handle = _address(sealed), self._start(nonce, aad)
        _must(self._library.decrypt(handle, _address(plaintext), size, at, size))
        genuine = self._library.check_tag(handle, at + size, _TAG_BYTES) == 0
        self._idle.append(handle)
        if not genuine:
            raise DecryptionError("the SM4-GCM tag does not fit")
        return plaintext

    def _start(self, nonce: bytes, aad: bytes) -> int:
        try:
            handle = self._idle.pop()
        except IndexError:
            handle = self._open()
        _must(self._library.set_nonce(handle, nonce, len(nonce)))
        _must(self._library.authenticate(handle, aad, len(aad)))
        return handle

    def _open(self) -> int:
        handle = ctypes.c_void_p()
        _must(self._library.open(ctypes.byref(handle), _SM4, _GCM, 0))
        _must(self._library.set_key(handle, self._key, len(self._key)))
        return handle.value or 0


def _must(code: int) -> None:
    """Turn an error code of a call that cannot fail on valid lengths into an exception; the handle is then dropped."""
    if code != 0:
        raise CryptoUnavailableError(f"libgcrypt failed with error {code & 0xFFFF}")
