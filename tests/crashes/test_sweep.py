"""kill -9, torn writes, EIO and a full disk, at calls all over a node's work; scripts/crash looks at every one of them."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.crashes import judge, scenario
from trust.checkpoint import Checkpoint, sign_note

EVERY = 79  # no divisor of the calls that one round makes; scripts/crash looks at all
ROOT = Path(__file__).parents[2]


def test_whatever_call_fails_nothing_acknowledged_is_lost_and_no_log_forks(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.crashes.sweep", str(tmp_path), "--every", str(EVERY)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()

    assert (done.returncode, lines[-1]) == (0, "good"), done.stdout + done.stderr
    assert len(lines) == 9
    assert all(" 0 killed" not in line for line in lines if " kill " in line or " torn " in line)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], tuple[Path, list[dict[str, Any]]]]:
    """What an undisturbed child leaves and says, made in this process."""
    folder = tmp_path_factory.mktemp("left")
    said: list[dict[str, Any]] = []
    asyncio.run(scenario.work(folder, lambda **what: said.append(what)))
    return lambda: (folder, list(said))


def head(size: int, root: bytes) -> dict[str, Any]:
    """A head that this node has signed, as it is said."""
    return {
        "note": sign_note(
            Checkpoint(origin=scenario.LOG, size=size, root=root), scenario.PUBLIC, scenario.KEY.sign
        ).decode()
    }


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        pytest.param({"index": 9999, "entry": "{}"}, "the acknowledged entry 9999 is lost", id="an entry is not there"),
        pytest.param({"index": 0, "entry": "{}"}, "the acknowledged entry 0 is lost", id="an entry is another"),
        pytest.param(head(3, b"\x01" * 32), "FORK: a head of size 3 left the node", id="another head left the node"),
        pytest.param(head(9999, b"\x01" * 32), "FORK: a head of size 9999 left the node", id="the log is too short"),
        pytest.param({"exhibit": "fork-77"}, "the acknowledged exhibit fork-77 is lost", id="a file is not there"),
        pytest.param({"enqueued": "n"}, "the acknowledged notice n is not enqueued", id="a notice is not there"),
        pytest.param({"delivered": "n"}, "the acknowledged notice n is not delivered", id="a delivery is forgotten"),
    ],
)
def test_the_judge_finds_what_is_lost(
    left: Callable[[], tuple[Path, list[dict[str, Any]]]], said: dict[str, Any], sentence: str
) -> None:
    folder, before = left()

    assert any(one.startswith(sentence) for one in judge.problems(folder, [*before, said]))


def test_the_judge_finds_a_torn_file(left: Callable[[], tuple[Path, list[dict[str, Any]]]]) -> None:
    folder, said = left()
    torn = folder / "exhibits" / "fork-99.json"
    torn.write_bytes(b"9")

    assert "the exhibit fork-99 is torn" in judge.problems(folder, said)
    torn.unlink()
    assert judge.problems(folder, said) == []
