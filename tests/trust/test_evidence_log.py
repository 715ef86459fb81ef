"""trust.evidence_log: one pass over a log, and the first thing that does not fit, named."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from trust.checkpoint import Checkpoint, sign_note, verify_note
from trust.evidence_log import PROGRESS_EVERY, LogReport, verify_log
from trust.gm import PrivateKey
from trust.merkle import EMPTY_ROOT, Frontier, leaf_hash

ORIGIN = "certmesh.cn/310000/evidence"
KEY, OTHER = PrivateKey.generate(), PrivateKey.generate()


@dataclass(frozen=True)
class Item:
    index: int
    entry: bytes


ITEMS = [Item(number, b"%d" % number) for number in range(12)]


def root(size: int) -> bytes:
    frontier = Frontier()
    for item in ITEMS[:size]:
        frontier.append(leaf_hash(item.entry))
    return frontier.root()


def note(size: int, key: PrivateKey = KEY, made: bytes | None = None) -> bytes:
    return sign_note(Checkpoint(origin=ORIGIN, size=size, root=made or root(size)), KEY.public, key.sign)


def verified(
    items: list[Item] = ITEMS, size: int = 12, head: bytes | None = None, notes: tuple[bytes, ...] = ()
) -> LogReport:
    open_note = partial(verify_note, name=ORIGIN, public_key=KEY.public)
    return verify_log(items, size=size, root=head or root(12), notes=notes, open_note=open_note)


def test_a_log_that_fits_is_reported_with_its_last_checkpoint() -> None:
    report = verified(notes=(note(0), note(5), note(11)))

    assert LogReport(size=12, root=root(12), ok=True, first_bad="", checkpoint_size=11) == report


def test_an_empty_log_fits_its_empty_head() -> None:
    report = verified([], 0, EMPTY_ROOT, (note(0),))

    assert LogReport(size=0, root=EMPTY_ROOT, ok=True, first_bad="", checkpoint_size=0) == report


ALTERED = [*ITEMS[:6], Item(6, b"altered"), *ITEMS[7:]]


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        pytest.param(
            lambda: verified(ALTERED),
            "the entries do not make the stored root at size 12",
            id="an altered entry, no checkpoint",
        ),
        pytest.param(
            lambda: verified(ALTERED, notes=(note(3), note(9))),
            "the entries do not make the root that was signed at size 9",
            id="an altered entry before a checkpoint",
        ),
        pytest.param(
            lambda: verified([*ITEMS[:4], *ITEMS[5:]]),
            "entry 4 is missing: entry 5 follows",
            id="an entry that was removed",
        ),
        pytest.param(
            lambda: verified(ITEMS[:10]), "the stored head has size 12, but the log ends at 10", id="a log cut short"
        ),
        pytest.param(
            lambda: verified(ITEMS[:10], 10, root(10), (note(11),)),
            "a checkpoint of size 11 is signed, but the log ends at 10",
            id="a log and its head cut short",
        ),
        pytest.param(
            lambda: verified(notes=(note(8, made=root(7)),)),
            "the entries do not make the root that was signed at size 8",
            id="a checkpoint of another log",
        ),
        pytest.param(
            lambda: verified(notes=(note(9), note(8))),
            "the signed checkpoint of size 8 comes after one of size 9",
            id="checkpoints out of order",
        ),
        pytest.param(
            lambda: verified(notes=(note(4), note(8, OTHER))),
            f"the signed checkpoint after size 4 does not verify: the signature of {ORIGIN} under the checkpoint is wrong",
            id="a checkpoint with a wrong signature",
        ),
    ],
)
def test_the_first_thing_that_does_not_fit_is_named(report: "partial[LogReport]", sentence: str) -> None:
    found = report()

    assert (False, sentence) == (found.ok, found.first_bad)


def test_progress_is_told_now_and_then_and_entries_are_taken_one_by_one() -> None:
    told: list[int] = []

    def entries() -> Iterator[Item]:
        return (Item(number, b"") for number in range(PROGRESS_EVERY + 5))

    verify_log(
        entries(), size=0, root=EMPTY_ROOT, notes=(), open_note=lambda _: pytest.fail("no note"), progress=told.append
    )

    assert told == [PROGRESS_EVERY, PROGRESS_EVERY + 5]
