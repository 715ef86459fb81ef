"""trust.merkle against the RFC's recursive definition, for every small size and, by hypothesis, beyond."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.vectors import make_merkle
from trust.errors import EvidenceError
from trust.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    finishing_entry,
    inclusion_proof,
    leaf_hash,
    peaks,
    verify_consistency,
    verify_inclusion,
)

ENTRIES = [str(number).encode() for number in range(600)]
VECTORS = json.loads(make_merkle.FILE.read_text())
sizes = st.integers(1, len(ENTRIES))


class Log:
    """A log as a store keeps it: each entry with the subtrees it finished."""

    def __init__(self, size: int) -> None:
        self.frontier = Frontier()
        self.rows = [self.frontier.append(leaf_hash(entry)) for entry in ENTRIES[:size]]
        self.roots = [EMPTY_ROOT]

    def fetch(self, level: int, index: int) -> bytes:
        return self.rows[finishing_entry(level, index)][level]


FULL = Log(len(ENTRIES))


def test_the_vector_file_is_what_its_script_makes() -> None:
    assert make_merkle.made() == make_merkle.FILE.read_text()


@pytest.mark.parametrize("size", [int(size) for size in VECTORS["roots"]])
def test_roots_are_those_of_the_independent_script(size: int) -> None:
    assert VECTORS["roots"][str(size)] == Log(size).frontier.root().hex()


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=lambda v: f"{v['index']} in {v['size']}")
def test_inclusion_proofs_are_those_of_the_independent_script(vector: dict[str, object]) -> None:
    proof = inclusion_proof(int(str(vector["index"])), int(str(vector["size"])), FULL.fetch)

    assert vector["path"] == [step.hex() for step in proof]


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda v: f"{v['old']} in {v['new']}")
def test_consistency_proofs_are_those_of_the_independent_script(vector: dict[str, object]) -> None:
    proof = consistency_proof(int(str(vector["old"])), int(str(vector["new"])), FULL.fetch)

    assert vector["path"] == [step.hex() for step in proof]


def root(size: int) -> bytes:
    """The root of a size, from the frontier restored out of the stored peaks."""
    return Frontier(size, [FULL.fetch(level, index) for level, index in peaks(size)]).root()


def test_every_small_tree_agrees_with_the_recursive_definition() -> None:
    log = Frontier()
    for size in range(71):
        assert make_merkle.mth(ENTRIES[:size]) == log.root() == root(size)

        log.append(leaf_hash(ENTRIES[size]))


def test_every_inclusion_proof_in_every_small_tree_is_the_definitions_and_verifies() -> None:
    for size in range(1, 71):
        for index in range(size):
            path = inclusion_proof(index, size, FULL.fetch)
            verify_inclusion(leaf=leaf_hash(ENTRIES[index]), index=index, size=size, path=path, root=root(size))

            assert make_merkle.path(index, ENTRIES[:size]) == path


def test_every_consistency_proof_between_small_trees_is_the_definitions_and_verifies() -> None:
    for new in range(1, 50):
        for old in range(new + 1):
            path = consistency_proof(old, new, FULL.fetch)
            verify_consistency(old=old, new=new, old_root=root(old), new_root=root(new), path=path)

            assert (make_merkle.subproof(old, ENTRIES[:new], whole=True) if old else []) == path


@settings(deadline=None, max_examples=60)
@given(sizes, st.data())
def test_proofs_of_larger_trees_verify_and_altered_ones_do_not(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, FULL.fetch)
    verify_inclusion(leaf=leaf_hash(ENTRIES[index]), index=index, size=size, path=path, root=root(size))

    for forged in (path[:-1] if path else [b"\x00" * 32], [*path, root(1)], [bytes(32), *path[1:]]):
        with pytest.raises(EvidenceError):
            verify_inclusion(leaf=leaf_hash(ENTRIES[index]), index=index, size=size, path=forged, root=root(size))


@settings(deadline=None, max_examples=60)
@given(sizes, st.data())
def test_consistency_of_larger_trees_verifies_and_altered_proofs_do_not(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, new))
    path = consistency_proof(old, new, FULL.fetch)
    verify_consistency(old=old, new=new, old_root=root(old), new_root=root(new), path=path)

    for forged in (path[:-1] if path else [bytes(32)], [*path, root(1)], [bytes(32), *path[1:]]):
        with pytest.raises(EvidenceError):
            verify_consistency(old=old, new=new, old_root=root(old), new_root=root(new), path=forged)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 300), st.integers(0, 100))
def test_a_restored_frontier_goes_on_like_the_one_that_was_kept(size: int, more: int) -> None:
    restored = Frontier(size, [FULL.fetch(level, index) for level, index in peaks(size)])
    added = [restored.append(leaf_hash(entry)) for entry in ENTRIES[size : size + more]]

    assert FULL.rows[size : size + more] == added
    assert root(size + more) == restored.root()


def test_a_copy_of_a_frontier_does_not_follow_the_original() -> None:
    frontier = Log(5).frontier
    copy = frontier.copy()
    frontier.append(leaf_hash(b"x"))

    assert (5, root(5)) == (copy.size, copy.root())


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param(lambda: Frontier(3, [bytes(32)]), id="a frontier with too few peaks"),
        pytest.param(lambda: Frontier(1, [b"short"]), id="a frontier with a short hash"),
        pytest.param(lambda: inclusion_proof(7, 7, FULL.fetch), id="a proof for an entry beyond the tree"),
        pytest.param(lambda: inclusion_proof(-1, 7, FULL.fetch), id="a proof for a negative index"),
        pytest.param(lambda: consistency_proof(8, 7, FULL.fetch), id="consistency with a smaller tree"),
        pytest.param(
            lambda: verify_inclusion(leaf=bytes(32), index=7, size=7, path=[], root=root(7)),
            id="an index beyond the tree",
        ),
        pytest.param(
            lambda: verify_inclusion(leaf=bytes(32), index=0, size=2, path=[b"x"], root=root(2)),
            id="a step that is no hash",
        ),
        pytest.param(
            lambda: verify_consistency(old=8, new=7, old_root=root(8), new_root=root(7), path=[]),
            id="a log that shrank",
        ),
        pytest.param(
            lambda: verify_consistency(old=7, new=7, old_root=root(7), new_root=root(6), path=[]),
            id="two roots of one size",
        ),
        pytest.param(
            lambda: verify_consistency(old=0, new=7, old_root=root(1), new_root=root(7), path=[]),
            id="an empty log with a root",
        ),
        pytest.param(
            lambda: verify_consistency(old=3, new=7, old_root=root(3), new_root=root(7), path=[]),
            id="no proof where one is due",
        ),
    ],
)
def test_what_does_not_fit_is_refused(attempt: Callable[[], object]) -> None:
    with pytest.raises(EvidenceError):
        attempt()
