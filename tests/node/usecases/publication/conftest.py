from pathlib import Path

import pytest

from tests.node.usecases.publication.provinces import Provinces


@pytest.fixture
def mesh(tmp_path: Path) -> Provinces:
    return Provinces(tmp_path)
