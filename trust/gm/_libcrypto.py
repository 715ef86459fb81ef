"""The interpreter's own libcrypto 3, bound function by function; nothing here knows what SM2 is used for.

OpenSSL does SM2 but neither `hashlib` nor `cryptography` offers it, so this module calls it through ctypes. The library
is found through the interpreter's `_hashlib` extension: a process may hold several libcryptos (wheels bundle their
own), and this one is the one `ssl` uses. Every function has its argument and result types set, because ctypes would cut
a pointer to an int. A function this library lacks raises `CryptoUnavailableError` when it is called, so that importing
the package never fails and the self-test can say what to do.
"""

import contextlib
import ctypes
import ctypes.util
from collections.abc import Callable, Iterator
from typing import Any

from trust.errors import CryptoUnavailableError

FIX = (
    "run certmesh with the Python of Debian 12+, Ubuntu 24.04+ or the certmesh container image, "
    "whose OpenSSL 3 has SM2, SM3 and SM4; Fedora, RHEL, Rocky and Alpine build OpenSSL without them"
)

_Pointer = ctypes.c_void_p
_Bytes = ctypes.c_char_p
_Int = ctypes.c_int
_Size = ctypes.c_size_t
_Pointers = ctypes.POINTER(ctypes.c_void_p)
_Sizes = ctypes.POINTER(ctypes.c_size_t)
_Cursor = ctypes.POINTER(ctypes.c_char_p)


def _load() -> ctypes.CDLL:
    """Open the library the interpreter is linked with; a Python with `_hashlib` built in falls back to the system's."""
    try:
        import _hashlib  # noqa: PLC0415  # absent from a Python built without OpenSSL
    except ImportError as error:
        raise CryptoUnavailableError(f"this Python has no OpenSSL: {FIX}") from error
    # dlsym on the extension's handle also searches what the extension links, which is exactly the libcrypto in use.
    return ctypes.CDLL(getattr(_hashlib, "__file__", None) or ctypes.util.find_library("crypto"))


_library = _load()


def _bind(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """Return one typed C function, or a stand-in that refuses when this library does not have it."""
    function = getattr(_library, name, None)
    if function is None:

        def missing(*_: object) -> Any:
            raise CryptoUnavailableError(f"libcrypto has no {name}: {FIX}")

        return missing
    function.restype, function.argtypes = result, arguments
    return function  # type: ignore[no-any-return]


err_clear = _bind("ERR_clear_error", None)
openssl_version = _bind("OpenSSL_version", _Bytes, _Int)

md_ctx_new = _bind("EVP_MD_CTX_new", _Pointer)
md_ctx_free = _bind("EVP_MD_CTX_free", None, _Pointer)
md_ctx_copy = _bind("EVP_MD_CTX_copy_ex", _Int, _Pointer, _Pointer)
_init = (_Pointer, _Pointers, _Bytes, _Pointer, _Bytes, _Pointer, _Pointer)
digest_sign_init = _bind("EVP_DigestSignInit_ex", _Int, *_init)
digest_verify_init = _bind("EVP_DigestVerifyInit_ex", _Int, *_init)
set_user_id = _bind("EVP_PKEY_CTX_set1_id", _Int, _Pointer, _Bytes, _Int)
digest_sign = _bind("EVP_DigestSign", _Int, _Pointer, _Pointer, _Sizes, _Bytes, _Size)
digest_verify = _bind("EVP_DigestVerify", _Int, _Pointer, _Bytes, _Size, _Bytes, _Size)

pkey_free = _bind("EVP_PKEY_free", None, _Pointer)
pkey_ctx_new = _bind("EVP_PKEY_CTX_new", _Pointer, _Pointer, _Pointer)
pkey_ctx_new_from_name = _bind("EVP_PKEY_CTX_new_from_name", _Pointer, _Pointer, _Bytes, _Bytes)
pkey_ctx_free = _bind("EVP_PKEY_CTX_free", None, _Pointer)
keygen_init = _bind("EVP_PKEY_keygen_init", _Int, _Pointer)
generate = _bind("EVP_PKEY_generate", _Int, _Pointer, _Pointers)
pairwise_check = _bind("EVP_PKEY_pairwise_check", _Int, _Pointer)
encrypt_init = _bind("EVP_PKEY_encrypt_init", _Int, _Pointer)
encrypt = _bind("EVP_PKEY_encrypt", _Int, _Pointer, _Pointer, _Sizes, _Bytes, _Size)
decrypt_init = _bind("EVP_PKEY_decrypt_init", _Int, _Pointer)
decrypt = _bind("EVP_PKEY_decrypt", _Int, _Pointer, _Pointer, _Sizes, _Bytes, _Size)

_d2i = (_Pointer, _Cursor, ctypes.c_long)
d2i_public = _bind("d2i_PUBKEY", _Pointer, *_d2i)
i2d_public = _bind("i2d_PUBKEY", _Int, _Pointer, _Pointers)
d2i_private = _bind("d2i_AutoPrivateKey", _Pointer, *_d2i)
pkey_to_pkcs8 = _bind("EVP_PKEY2PKCS8", _Pointer, _Pointer)
d2i_pkcs8 = _bind("d2i_PKCS8_PRIV_KEY_INFO", _Pointer, *_d2i)
i2d_pkcs8 = _bind("i2d_PKCS8_PRIV_KEY_INFO", _Int, _Pointer, _Pointers)
pkcs8_free = _bind("PKCS8_PRIV_KEY_INFO_free", None, _Pointer)
d2i_sealed = _bind("d2i_X509_SIG", _Pointer, *_d2i)
i2d_sealed = _bind("i2d_X509_SIG", _Int, _Pointer, _Pointers)
sealed_free = _bind("X509_SIG_free", None, _Pointer)
aes_256_cbc = _bind("EVP_aes_256_cbc", _Pointer)
pkcs8_encrypt = _bind("PKCS8_encrypt", _Pointer, _Int, _Pointer, _Bytes, _Int, _Bytes, _Int, _Int, _Pointer)
pkcs8_decrypt = _bind("PKCS8_decrypt", _Pointer, _Pointer, _Bytes, _Int)


@contextlib.contextmanager
def owned(pointer: int | None, free: Callable[..., Any]) -> Iterator[int]:
    """Lend an object libcrypto made and free it afterwards.

    Raises:
        ValueError: libcrypto made nothing (its input was refused); the error queue is clean again.
    """
    if not pointer:
        err_clear()
        raise ValueError("libcrypto refused the input")
    try:
        yield pointer
    finally:
        free(pointer)


def from_der(decode: Callable[..., Any], der: bytes) -> int | None:
    """Decode with a `d2i_` function: a pointer the caller must free, or None when the bytes are refused."""
    pointer: int | None = decode(None, ctypes.byref(ctypes.c_char_p(der)), len(der))
    err_clear()  # decoders try several forms and leave the failures of the wrong ones in the queue
    return pointer


def to_der(encode: Callable[..., Any], pointer: int) -> bytes:
    """Encode with an `i2d_` function."""
    buffer = ctypes.create_string_buffer(max(0, encode(pointer, None)))
    encode(pointer, ctypes.byref(ctypes.c_void_p(ctypes.addressof(buffer))))  # i2d moves the pointer it is given
    return buffer.raw


class _Symbol(ctypes.Structure):
    """`Dl_info` of dlfcn.h: which file a symbol came from."""

    _fields_ = (
        ("file", ctypes.c_char_p),
        ("base", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
    )


def origin() -> tuple[str, str]:
    """Return libcrypto's version text and the file it was loaded from."""
    symbol = _Symbol()
    ctypes.CDLL(None).dladdr(ctypes.cast(_library.OpenSSL_version, ctypes.c_void_p), ctypes.byref(symbol))
    return openssl_version(0).decode(), (symbol.file or b"").decode()
