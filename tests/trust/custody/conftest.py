"""The keepers of keys under test: a file, the fake module in its own process, and a library of GM/T 0018 that gcc makes here."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from trust import gm
from trust.custody import FakeModule, open_sdf

SOURCE = Path(__file__).with_name("sdf_device.c")
PIN = b"12345678"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """One adapter as the rest of the product sees it."""

    signer: gm.Signer
    unwrapper: gm.Unwrapper


@dataclass(frozen=True, slots=True, kw_only=True)
class SdfLibrary:
    """Where the library is, and how its software device is told to fail (None: a maker's library, which cannot be told)."""

    path: Path
    index: int
    pin: bytes
    device: ctypes.CDLL | None


@pytest.fixture(scope="session")
def sdf_library(tmp_path_factory: pytest.TempPathFactory) -> SdfLibrary:
    """A maker's library named by the environment, else one built from C."""
    named = os.environ.get("CERTMESH_SDF_LIBRARY")
    if named:
        index, pin = int(os.environ["CERTMESH_SDF_INDEX"]), os.environ["CERTMESH_SDF_PIN"].encode()
        return SdfLibrary(path=Path(named), index=index, pin=pin, device=None)
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed, so no SDF library can be built")
    path = tmp_path_factory.mktemp("sdf") / "libsdf.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-o", str(path), str(SOURCE), "-lcrypto"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"the SDF library cannot be built here: {built.stderr.strip().splitlines()[-1]}")
    return SdfLibrary(path=path, index=1, pin=PIN, device=ctypes.CDLL(str(path)))


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeModule]:
    with FakeModule() as module:
        yield module


@pytest.fixture(scope="module", params=["file", "fake module", "sdf library"])
def keeper(request: pytest.FixtureRequest) -> Iterator[Keeper]:
    """Every adapter in turn."""
    if request.param == "file":
        kept = gm.PrivateKey.generate().to_pkcs8(b"correct horse battery")
        key = gm.PrivateKey.from_pkcs8(kept, b"correct horse battery")
        yield Keeper(signer=key, unwrapper=gm.PrivateKey.generate())
    elif request.param == "fake module":
        module: FakeModule = request.getfixturevalue("fake")
        yield Keeper(signer=gm.Checked(module.signer), unwrapper=module.unwrapper)
    else:
        library: SdfLibrary = request.getfixturevalue("sdf_library")
        with open_sdf(library.path, index=library.index, pin=library.pin) as opened:
            yield Keeper(signer=opened.signer(), unwrapper=opened.unwrapper())
