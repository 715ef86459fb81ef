"""For every test: `federation` first, which settles the channel's TLS before anything imports grpc; and who may run beside whom."""

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

import federation  # noqa: F401

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # a busy machine is no error of the code: what is fast is measured in scripts/bench

_WITH_PROCESSES = {"mesh", "blackbox", "scripts"}
"""Folders whose tests start nodes, and share them."""


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # untyped
    """Each file is one worker's, for the sake of its fixtures; so is each folder whose tests share nodes that run."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        folder = file.split("/")[1]
        return folder if folder in _WITH_PROCESSES else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByFile:
    """Let xdist hand out tests by this scheduling."""
    return _ByFile(config, log)
