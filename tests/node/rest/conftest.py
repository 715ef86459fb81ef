"""The fake services of one test."""

from pathlib import Path

import pytest

from tests.node.rest.edge import FakeServices


@pytest.fixture
def services(tmp_path: Path) -> FakeServices:
    """Services that spool into the test's own folder."""
    return FakeServices(spool=tmp_path)
