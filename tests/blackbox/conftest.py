"""A founded mesh for tests from outside: keys and membership of all four, and one node that runs, Jiangsu's."""

from collections.abc import Iterator

import pytest

from scripts._mesh.folder import claim
from scripts._mesh.mesh import Mesh
from tests.light import LightMesh

RUNNING = "320000"


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    mesh = LightMesh(claim(tmp_path_factory.mktemp("blackbox") / "mesh", free_ports=True))
    try:
        mesh.found()
        mesh.start([RUNNING])
        yield mesh
    finally:
        mesh.close()
