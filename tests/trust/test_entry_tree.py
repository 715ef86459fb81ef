"""trust.entry_tree against an independent script and, by hypothesis, the tree computed anew from all entries."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trust.vectors import make_entry_tree
from tests.trust.vectors.make_merkle import mth
from trust.entry_tree import BUCKETS, EMPTY_BUCKETS, bucket_of, bucket_root, tree_root, with_bucket
from trust.errors import EvidenceError
from trust.gm import sm3
from trust.merkle import EMPTY_ROOT, leaf_hash

VECTORS = json.loads(make_entry_tree.FILE.read_text(encoding="utf-8"))

Key = tuple[str, int]
keys = st.tuples(st.one_of(st.sampled_from([f"L{n}" for n in range(40)]), st.text(max_size=4)), st.integers(1, 3))
changes = st.lists(st.tuples(keys, st.one_of(st.none(), st.binary(max_size=3))), max_size=30)


def order(key: Key) -> tuple[bytes, int]:
    return key[0].encode(), key[1]


def leaves(state: dict[Key, bytes], bucket: int) -> list[bytes]:
    return [leaf_hash(state[key]) for key in sorted(state, key=order) if bucket_of(key[0]) == bucket]


def roots(state: dict[Key, bytes]) -> bytes:
    """All bucket roots, from nothing but the entries."""
    return b"".join(bucket_root(leaves(state, bucket)) for bucket in range(BUCKETS))


def test_the_vector_file_is_what_its_script_makes() -> None:
    assert make_entry_tree.made() == make_entry_tree.FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(VECTORS["bucket_of"]))
def test_buckets_are_those_of_the_independent_script(name: str) -> None:
    assert VECTORS["bucket_of"][name] == bucket_of(name)


@pytest.mark.parametrize("vector", VECTORS["trees"], ids=lambda vector: f"{vector['size']} entries")
def test_roots_are_those_of_the_independent_script(vector: dict[str, Any]) -> None:
    entries = VECTORS["entries"][: vector["size"]]
    buckets = roots({(name, version): body.encode() for name, version, body in entries})

    assert (vector["buckets"], vector["root"]) == (sm3(buckets).hex(), tree_root(buckets).hex())


def test_a_publication_without_entries_has_256_empty_trees() -> None:
    assert EMPTY_ROOT * 256 == EMPTY_BUCKETS == roots({})
    assert bucket_root([]) == EMPTY_ROOT == mth([])
    assert tree_root(EMPTY_BUCKETS) == tree_root([EMPTY_ROOT] * 256) != EMPTY_ROOT


@given(changes)
def test_the_root_says_what_stands_and_not_in_which_order_it_came(
    made: list[tuple[Key, bytes | None]],
) -> None:
    state: dict[Key, bytes] = {}
    buckets = EMPTY_BUCKETS
    for key, body in made:
        if body is None:
            state.pop(key, None)
        else:
            state[key] = body
        changed = bucket_of(key[0])
        buckets = with_bucket(buckets, changed, bucket_root(leaves(state, changed)))

    assert roots(state) == buckets
    assert tree_root(buckets) == make_entry_tree.tree([buckets[at : at + 32] for at in range(0, 8192, 32)])


@given(st.dictionaries(keys, st.binary(max_size=3), min_size=1, max_size=30), st.data())
def test_any_other_set_of_entries_has_another_root(state: dict[Key, bytes], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(state)))
    body = data.draw(st.one_of(st.none(), st.binary(max_size=4).filter(lambda body: body != state[key])))
    other = {**state, key: body} if body is not None else {one: state[one] for one in state if one != key}

    assert tree_root(roots(state)) != tree_root(roots(other))


@pytest.mark.parametrize(
    "given_roots",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(EMPTY_BUCKETS[:-32], id="255 roots"),
        pytest.param(EMPTY_BUCKETS + b"\x00" * 32, id="257 roots"),
        pytest.param(EMPTY_BUCKETS[:-1], id="a root of 31 bytes"),
        pytest.param([b""] * 256, id="256 times nothing"),
    ],
)
def test_what_is_not_256_hashes_has_no_root(given_roots: bytes | list[bytes]) -> None:
    with pytest.raises(EvidenceError, match="256 bucket roots"):
        tree_root(given_roots)


def test_a_lone_surrogate_is_no_id() -> None:
    with pytest.raises(UnicodeEncodeError):
        bucket_of("\ud800")
