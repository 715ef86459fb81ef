"""What the tests of several commands share."""

from pathlib import Path

import pytest

from tests.node.cli.ceremony import Ceremony, make_root


@pytest.fixture(scope="session")
def provinces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and cards; only to be copied."""
    return make_root(tmp_path_factory.mktemp("provinces"))


@pytest.fixture(scope="session")
def mesh_of_four(provinces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded mesh; only to be copied."""
    ceremony = Ceremony.copied(provinces, tmp_path_factory.mktemp("founded"))
    ceremony.found()
    return ceremony.root


@pytest.fixture
def unfounded(provinces: Path, tmp_path: Path) -> Ceremony:
    return Ceremony.copied(provinces, tmp_path)


@pytest.fixture
def mesh(mesh_of_four: Path, tmp_path: Path) -> Ceremony:
    return Ceremony.copied(mesh_of_four, tmp_path)
