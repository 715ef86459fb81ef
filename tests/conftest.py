"""For every test: `federation` first, which settles the channel's TLS before anything imports grpc; and who may run beside whom."""

import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

import federation  # noqa: F401

# Examples of each property in the run; more by hand: CERTMESH_EXAMPLES=1000 scripts/test tests/trust
_EXAMPLES = int(os.environ.get("CERTMESH_EXAMPLES", "60"))
settings.register_profile(
    "untimed", deadline=None, max_examples=_EXAMPLES, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")  # a busy machine is no error of the code: what is fast is measured in scripts/bench

_WITH_PROCESSES = ("mesh", "blackbox", "scripts")
"""Folders whose tests start nodes, and share them. They take longest, so they begin first."""
_WHOLE_RUNS = ("tests/mesh/test_runs.py", "tests/mesh/test_privacy.py")
"""Files that look at runs of scripts/mesh; the others of that folder keep meshes of their own up, on ports of their own."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Without the collector of garbage: all that comes now stays to the end, and would be walked again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores: those with nodes wait for them much of their time."""
    return len(os.sched_getaffinity(0)) + 1


def _folder(nodeid: str) -> str:
    return nodeid.split("::", 1)[0].split("/")[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first."""
    items.sort(key=lambda item: _folder(item.nodeid) not in _WITH_PROCESSES)


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # untyped
    """Each file is one worker's, for the sake of its fixtures. Tests with nodes are two workers', so that a third never starts more."""

    def _split_scope(self, nodeid: str) -> str:
        file, folder = nodeid.split("::", 1)[0], _folder(nodeid)
        if folder not in _WITH_PROCESSES:
            return file
        return "meshes that are kept up" if folder == "mesh" and file not in _WHOLE_RUNS else "nodes of all others"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByFile:
    """Let xdist hand out tests by this scheduling, in the order in which they were collected."""
    config.option.loadscopereorder = False
    return _ByFile(config, log)
