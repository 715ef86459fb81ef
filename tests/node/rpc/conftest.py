from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.node.rpc.port import Port, open_port
from tests.node.usecases.mesh import Mesh


@pytest.fixture
async def mesh(tmp_path: Path) -> Mesh:
    return await Mesh(tmp_path).ready()


@pytest.fixture
async def port(mesh: Mesh) -> AsyncIterator[Port]:
    async with open_port(mesh) as opened:
        yield opened
