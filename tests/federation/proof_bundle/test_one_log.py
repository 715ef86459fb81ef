"""The ranges whose hashes inclusion proofs tell: the same of one log, whatever its size. federation.proof_bundle.one_log."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from federation.proof_bundle.one_log import Range, hashes
from trust.merkle import Frontier, inclusion_proof, leaf_hash

LEAVES = [leaf_hash(bytes([number])) for number in range(70)]


def nodes(leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """The complete subtrees by (level, index)."""
    frontier, made = Frontier(), dict[tuple[int, int], bytes]()
    for number, leaf in enumerate(leaves):
        for level, one in enumerate(frontier.append(leaf)):
            made[level, number >> level] = one
    return made


def told(leaves: Sequence[bytes], index: int, size: int) -> dict[Range, bytes]:
    made = nodes(leaves)
    path = inclusion_proof(index, size, lambda level, number: made[level, number])
    return dict(hashes(index, size, leaves[index], path))


def root(leaves: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


@given(st.integers(1, 70), st.data())
def test_a_range_has_the_hash_of_its_entries_alone(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    found = told(LEAVES, index, size)

    assert found == {(first, behind): root(LEAVES[first:behind]) for first, behind in found}
    assert {(index, index + 1), (0, size)} <= set(found)


@given(st.integers(2, 70), st.data())
def test_another_entry_under_a_range_that_both_tell_is_seen(size: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, size - 1))
    other = [leaf_hash(b"other") if number == place else leaf for number, leaf in enumerate(LEAVES)]
    longer = data.draw(st.integers(size, 70))
    one, two = told(LEAVES, 0, size), told(other, 0, longer)
    shared = {where for where in one if where in two and where[0] <= place < where[1]}

    assert {where for where in one if where in two and one[where] != two[where]} == shared
