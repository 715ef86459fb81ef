"""For every test: `federation` first, which settles the channel's TLS before anything imports grpc; and who may run beside whom."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import federation  # noqa: F401

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # a busy machine is no error of the code: what is fast is measured in scripts/bench

_WITH_PROCESSES = {"mesh", "blackbox", "scripts"}
"""Folders whose tests start nodes: they need the processor and free ports, so they run one after the other."""


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each file be one worker's, for the sake of its fixtures, and all tests that start nodes the same one's."""
    root = Path(__file__).parent
    for item in items:
        path = item.path.relative_to(root)
        group = "processes" if path.parts[0] in _WITH_PROCESSES else str(path)
        item.add_marker(pytest.mark.xdist_group(group))
