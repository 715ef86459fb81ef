"""What every check starts from: the moment moves on while the node that runs goes on writing."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from node.doctor.context import gather

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_what_a_running_node_writes_during_a_long_look_is_not_ahead_of_its_moment(tmp_path: Path) -> None:
    began = replace(gather(tmp_path / "none.toml", now=NOW, offline=True), began=time.monotonic() - 90)

    assert began.now == NOW, "what ends is judged as of one moment"
    assert began.moment - NOW >= timedelta(seconds=90)
