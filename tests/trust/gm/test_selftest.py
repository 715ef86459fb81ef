"""The start-up self-test, the binding's behaviour on a libcrypto without a function, and who may open the door from the inside."""

import re
from pathlib import Path

import pytest

from trust import gm
from trust.errors import CryptoUnavailableError
from trust.gm import _libcrypto

ROOT = Path(__file__).parents[3]


def test_the_self_test_names_the_libraries() -> None:
    engine = gm.self_test()

    assert engine.libcrypto.startswith("OpenSSL 3")
    assert Path(engine.path).is_file()
    assert engine.sm4 in {"libgcrypt", "cryptography"}


def test_a_function_that_libcrypto_lacks_is_refused_with_the_fix() -> None:
    missing = _libcrypto._bind("EVP_no_such_function", None)

    with pytest.raises(CryptoUnavailableError, match="Debian"):
        missing(1, 2)


def test_only_the_door_imports_ctypes_only_identities_certificate_libraries_and_only_the_second_opinion_gmssl() -> None:
    inside = re.compile(r"^\s*(?:import|from) (?:ctypes|_hashlib)\b", re.MULTILINE)
    libraries = re.compile(r"^\s*(?:import|from) (?:cryptography|asn1crypto)\b", re.MULTILINE)
    second = re.compile(r"^\s*(?:import|from) (?:gmssl|gmssl_pyx)\b", re.MULTILINE)
    sources = {
        path.relative_to(ROOT): path.read_text()
        for part in ("trust", "federation", "node")
        for path in (ROOT / part).rglob("*.py")
    }

    def identities(path: Path) -> bool:
        return path.parts[:2] == ("trust", "identity") or path == Path("trust/tls.py")

    outside = {path: text for path, text in sources.items() if path.parts[:2] != ("trust", "gm")}
    assert [str(path) for path, text in sources.items() if second.search(text)] == ["trust/gm/second_opinion.py"]
    assert [path for path, text in outside.items() if inside.search(text)] == []
    assert [path for path, text in outside.items() if libraries.search(text) and not identities(path)] == []
