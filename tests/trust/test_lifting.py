"""An entry shown under one head is shown under a later one with the log's consistency proof alone. RFC 9162 §2.1.3, §2.1.4."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trust.errors import EvidenceError
from trust.lifting import lifted
from trust.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash, verify_inclusion

LEAVES = [leaf_hash(b"entry %d" % number) for number in range(200)]


def tree() -> tuple[dict[tuple[int, int], bytes], list[bytes]]:
    """Every complete subtree of the test log, and the root of each size."""
    nodes, frontier, roots = dict[tuple[int, int], bytes](), Frontier(), [b""]
    for index, leaf in enumerate(LEAVES):
        for level, one in enumerate(frontier.append(leaf)):
            nodes[level, index >> level] = one
        roots.append(frontier.root())
    return nodes, roots


NODES, ROOTS = tree()


def fetch(level: int, index: int) -> bytes:
    return NODES[level, index]


def lift(index: int, old: int, new: int, **changes: object) -> tuple[bytes, ...]:
    arguments = {
        "path": inclusion_proof(index, old, fetch),
        "consistency": consistency_proof(old, new, fetch),
        "old_root": ROOTS[old],
    } | changes
    return lifted(index=index, old=old, new=new, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("old", [1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 23, 31, 32])
def test_every_entry_of_a_small_log_is_lifted_to_every_later_head(old: int) -> None:
    for new in range(old, 40):
        for index in range(old):
            assert list(lift(index, old, new)) == inclusion_proof(index, new, fetch)


SIZES = st.lists(st.integers(1, 200), min_size=3, max_size=3).map(sorted)


@given(SIZES, st.integers(0, 199))
@example([128, 128, 200], 127)
def test_a_lifted_proof_verifies_against_the_later_root(sizes: list[int], number: int) -> None:
    old, _, new = sizes
    index = number % old
    path = lift(index, old, new)

    verify_inclusion(leaf=LEAVES[index], index=index, size=new, path=path, root=ROOTS[new])


@given(SIZES, st.integers(0, 199))
def test_lifting_twice_is_lifting_once(sizes: list[int], number: int) -> None:
    old, middle, new = sizes
    index = number % old

    assert lift(index, middle, new, path=lift(index, old, middle)) == lift(index, old, new)


@pytest.mark.parametrize(
    ("index", "old", "new", "changes"),
    [
        pytest.param(5, 5, 9, {}, id="an entry that the old head does not cover"),
        pytest.param(-1, 5, 9, {}, id="no index"),
        pytest.param(2, 9, 5, {"path": ()}, id="back in time"),
        pytest.param(2, 5, 9, {"consistency": ()}, id="no consistency proof"),
        pytest.param(2, 5, 9, {"path": ()}, id="no inclusion path"),
    ],
)
def test_what_does_not_fit_is_refused(index: int, old: int, new: int, changes: dict[str, object]) -> None:
    given = {"path": (b"\x00" * 32,) * 3, "consistency": (b"\x00" * 32,) * 4, "old_root": b"\x00" * 32} | changes
    with pytest.raises(EvidenceError):
        lifted(index=index, old=old, new=new, **given)  # type: ignore[arg-type]


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 6), st.integers(0, 8))
def test_wrong_lengths_never_crash(index: int, old: int, new: int, paths: int, steps: int) -> None:
    hashes = (b"\x01" * 32,) * 8
    try:
        lifted(index=index, old=old, new=new, path=hashes[:paths], consistency=hashes[:steps], old_root=hashes[0])
    except EvidenceError:
        return
