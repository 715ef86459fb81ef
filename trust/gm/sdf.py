"""Keys in a certified module, through its library of GM/T 0018 (SDF): the handful of calls that signing and opening take.

Tested against a library of software (tests/trust/custody/sdf_device.c) with the structures of GM/T 0018 in their 512-bit form, which the
makers' headers share. A maker's library may differ: compare its header, and run tests/trust/custody against it before trusting it, with
`CERTMESH_SDF_LIBRARY`, `CERTMESH_SDF_INDEX` and `CERTMESH_SDF_PIN` set. A library without SDF_InternalDecrypt_ECC can keep the signing key
and not the encryption key.

One session for each module, one call in it at a time: sessions are not for threads. The PIN is given at the start and not kept.
"""

import ctypes
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from trust.errors import CustodyError, DecryptionError, KeyMaterialError
from trust.gm._custody import Checked, Signer, Unwrapper, message_digest
from trust.gm._der import der_to_xy_c3_c2
from trust.gm._sm2 import PublicKey

_MAX_COORDINATE = 64  # ECCref_MAX_LEN: room for 512 bits, of which SM2 uses the last 32 bytes
_COORDINATE = 32
_SM2_ENCRYPTION = 0x0002_0800  # SGD_SM2_3, GM/T 0006
_MAX_SECRET = 256
_BASE = 0x0100_0000
_REASONS = {
    0x03: "GONE",  # SDR_COMMFAIL
    0x04: "GONE",  # SDR_HARDFAIL
    0x05: "GONE",  # SDR_OPENDEVICE
    0x06: "BUSY",  # SDR_OPENSESSION
    0x07: "LOGGED_OUT",  # SDR_PARDENY
    0x18: "LOGGED_OUT",  # SDR_PRKRERR
    0x1C: "BUSY",  # SDR_NOBUFFER
}
_UNOPENED = {0x0C, 0x16, 0x1D}  # SDR_SKOPERR, SDR_ENCDATAERR, SDR_INARGERR: about the ciphertext, where one was given


class _PublicKey(ctypes.Structure):
    _fields_ = (
        ("bits", ctypes.c_uint32),
        ("x", ctypes.c_ubyte * _MAX_COORDINATE),
        ("y", ctypes.c_ubyte * _MAX_COORDINATE),
    )


class _Signature(ctypes.Structure):
    _fields_ = (("r", ctypes.c_ubyte * _MAX_COORDINATE), ("s", ctypes.c_ubyte * _MAX_COORDINATE))


class _Cipher(ctypes.Structure):
    _fields_ = (
        ("x", ctypes.c_ubyte * _MAX_COORDINATE),
        ("y", ctypes.c_ubyte * _MAX_COORDINATE),
        ("M", ctypes.c_ubyte * _COORDINATE),
        ("L", ctypes.c_uint32),
        ("C", ctypes.c_ubyte * _MAX_SECRET),
    )


_HANDLE, _NUMBER = ctypes.c_void_p, ctypes.c_uint32
_BYTES, _LENGTH = ctypes.c_char_p, ctypes.POINTER(ctypes.c_uint32)
_CALLS: dict[str, tuple[Any, ...]] = {
    "SDF_OpenDevice": (ctypes.POINTER(_HANDLE),),
    "SDF_CloseDevice": (_HANDLE,),
    "SDF_OpenSession": (_HANDLE, ctypes.POINTER(_HANDLE)),
    "SDF_CloseSession": (_HANDLE,),
    "SDF_GetPrivateKeyAccessRight": (_HANDLE, _NUMBER, _BYTES, _NUMBER),
    "SDF_ExportSignPublicKey_ECC": (_HANDLE, _NUMBER, ctypes.POINTER(_PublicKey)),
    "SDF_ExportEncPublicKey_ECC": (_HANDLE, _NUMBER, ctypes.POINTER(_PublicKey)),
    "SDF_InternalSign_ECC": (_HANDLE, _NUMBER, _BYTES, _NUMBER, ctypes.POINTER(_Signature)),
    "SDF_InternalDecrypt_ECC": (_HANDLE, _NUMBER, _NUMBER, ctypes.POINTER(_Cipher), _BYTES, _LENGTH),
}


class SdfModule:
    """One key index of one module: its signing and its encryption key pair, as SDF keeps them together. Close it."""

    def __init__(self, library: Any, index: int) -> None:
        """Open device and session; `open_sdf` is what others call."""
        self._library, self.index = library, index
        self._lock = threading.Lock()
        self._device, self._session = _HANDLE(), _HANDLE()
        self.call("SDF_OpenDevice", ctypes.byref(self._device))
        try:
            self.call("SDF_OpenSession", self._device, ctypes.byref(self._session))
        except CustodyError:
            self.call("SDF_CloseDevice", self._device)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session; the module forgets who was logged in."""
        self.call("SDF_CloseSession", self._session)
        self.call("SDF_CloseDevice", self._device)

    def log_in(self, pin: bytes) -> None:
        """Ask for the right to use the private keys of this index.

        Raises:
            CustodyError: the PIN is wrong, or locked.
        """
        self.in_session("SDF_GetPrivateKeyAccessRight", self.index, pin, len(pin))

    def signer(self) -> Signer:
        """The index's signing key, every signature verified before it is handed out.

        Raises:
            CustodyError: there is no such key, or it is not an SM2 key.
        """
        return Checked(_SdfSigner(self, self._exported("SDF_ExportSignPublicKey_ECC")))

    def unwrapper(self) -> Unwrapper:
        """The index's encryption key.

        Raises:
            CustodyError: there is no such key, or it is not an SM2 key.
        """
        return _SdfUnwrapper(self, self._exported("SDF_ExportEncPublicKey_ECC"))

    def _exported(self, name: str) -> PublicKey:
        key = _PublicKey()
        self.in_session(name, self.index, ctypes.byref(key))
        try:
            return PublicKey.from_point(_narrow(key.x) + _narrow(key.y))
        except KeyMaterialError as error:
            raise CustodyError("WRONG", f"index {self.index} holds no key on sm2p256v1") from error

    def in_session(self, name: str, *arguments: Any) -> None:
        """One call within the session.

        Raises:
            CustodyError: the module said no.
        """
        self.call(name, self._session, *arguments)

    def call(self, name: str, *arguments: Any) -> None:
        """One call.

        Raises:
            CustodyError: the module said no; the message holds its number.
        """
        function = getattr(self._library, name, None)
        if function is None:
            raise CustodyError("REFUSED", f"the library has no {name}")
        function.restype, function.argtypes = _NUMBER, _CALLS[name]
        with self._lock:
            said = int(function(*arguments))
        if said != 0:
            error = CustodyError(_REASONS.get(said - _BASE, "REFUSED"), f"{name} answered 0x{said:08X}")
            raise _RefusedError(error.reason, error.detail, said - _BASE)


class _RefusedError(CustodyError):
    """A CustodyError with the module's number, for the caller that knows what was asked."""

    def __init__(self, reason: str, detail: str, number: int) -> None:
        super().__init__(reason, detail)
        self.number = number


def open_sdf(path: Path, *, index: int, pin: bytes) -> SdfModule:
    """Load a maker's library, open a session and log in. Runs the maker's code in this process.

    Raises:
        CustodyError: no library, no device, or the PIN is wrong.
    """
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise CustodyError("GONE", f"{path} cannot be loaded as a library; correct the path") from error
    module = SdfModule(library, index)
    try:
        module.log_in(pin)
    except CustodyError:
        module.close()
        raise
    return module


@dataclass(frozen=True, slots=True)
class _SdfSigner:
    module: SdfModule = field(repr=False)
    public: PublicKey

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s; the module signs e = SM3(ZA‖message), computed here."""
        signature, digest = _Signature(), message_digest(self.public, message)
        self.module.in_session("SDF_InternalSign_ECC", self.module.index, digest, len(digest), ctypes.byref(signature))
        return _narrow(signature.r) + _narrow(signature.s)


@dataclass(frozen=True, slots=True)
class _SdfUnwrapper:
    module: SdfModule = field(repr=False)
    public: PublicKey

    def decrypt(self, ciphertext: bytes) -> bytes:
        """The secret."""
        cipher = _cipher(ciphertext)
        plain, size = ctypes.create_string_buffer(_MAX_SECRET), ctypes.c_uint32(_MAX_SECRET)
        try:
            self.module.in_session(
                "SDF_InternalDecrypt_ECC",
                self.module.index,
                _SM2_ENCRYPTION,
                ctypes.byref(cipher),
                ctypes.cast(plain, _BYTES),
                ctypes.byref(size),
            )
        except _RefusedError as error:
            if error.number in _UNOPENED:
                raise DecryptionError("the SM2 ciphertext does not open with this key") from error
            raise
        if size.value != cipher.L:
            raise CustodyError("WRONG", "it opened a ciphertext to a secret of another length")
        return plain.raw[: size.value]


def _cipher(ciphertext: bytes) -> _Cipher:
    """The structure of a ciphertext, whose numbers are right-aligned."""
    try:
        x, y, c3, c2 = der_to_xy_c3_c2(ciphertext)
    except ValueError as error:
        raise DecryptionError("the SM2 ciphertext does not open with this key") from error
    if len(c2) > _MAX_SECRET or max(x, y) >> (8 * _COORDINATE):
        raise DecryptionError("the SM2 ciphertext does not open with this key")
    cipher = _Cipher(L=len(c2))
    for field_, value in (
        ("x", x.to_bytes(_MAX_COORDINATE)),
        ("y", y.to_bytes(_MAX_COORDINATE)),
        ("M", c3),
        ("C", c2),
    ):
        ctypes.memmove(getattr(cipher, field_), value, len(value))
    return cipher


def _narrow(number: Any) -> bytes:
    """A number of 64 bytes in 32; a larger one is no SM2 number."""
    wide = bytes(number)
    if any(wide[:_COORDINATE]):
        raise CustodyError("WRONG", "it answered with a number of more than 256 bits")
    return wide[_COORDINATE:]
