"""Real meshes for tests: one whole run of scripts/mesh for all who only look at what it left, and one mesh that stays up. No fakes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts._mesh import certificates
from scripts._mesh.folder import CHECKOUT, claim
from scripts._mesh.mesh import Mesh, each
from tests.light import LightMesh

RUN_TIMEOUT_S = 280


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run of scripts/mesh ended with, said and left behind."""

    exit_code: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def result(self) -> dict[str, Any]:
        """The one object on stdout; fails where there is anything else."""
        result: dict[str, Any] = json.loads(self.stdout)
        return result


def run_mesh(folder: Path, *arguments: str) -> Run:
    """Run scripts/mesh to its end. With the interpreter of the tests: the launcher would look for its own environment."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "scripts._mesh", "--json", "--dir", str(folder), *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    return Run(exit_code=done.returncode, stdout=done.stdout, stderr=done.stderr, folder=folder)


@pytest.fixture(scope="session")
def default_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_mesh(tmp_path_factory.mktemp("default") / "mesh")


@contextmanager
def kept_up(root: Path) -> Iterator[Mesh]:
    """Four nodes that know each other's lists and hold the demonstration certificates."""
    mesh = LightMesh(claim(root / "mesh", free_ports=True))
    try:
        mesh.found()
        mesh.start()
        mesh.wait_acknowledged()
        issuance = certificates.made(mesh.folder.seal_maker())
        sources = {code: mesh.folder.of(code) / "source" for code in issuance}
        certificates.write_sources(issuance, sources)
        each(issuance, lambda code: mesh.import_(code, sources[code]))
        yield mesh
    finally:
        mesh.close()


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """For all files that leave it as they found it: every node up, and reached by the others."""
    with kept_up(tmp_path_factory.mktemp("up")) as mesh:
        yield mesh
