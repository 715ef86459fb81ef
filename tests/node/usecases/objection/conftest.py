from pathlib import Path

import pytest

from tests.node.usecases.objection.cases import Bureaus, bureaus


@pytest.fixture
async def mesh(tmp_path: Path) -> Bureaus:
    return await bureaus(tmp_path)
