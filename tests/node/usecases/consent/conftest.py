from pathlib import Path

import pytest

from tests.node.usecases.consent.offices import consenting
from tests.node.usecases.mesh import Mesh


@pytest.fixture
async def mesh(tmp_path: Path) -> Mesh:
    return await consenting(tmp_path)
