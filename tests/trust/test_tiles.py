"""trust.tiles: names and bytes against the published vectors, and over whatever sizes a log may have."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.vectors import make_log_formats
from trust.envelope import MAX_ENTRY_BYTES
from trust.errors import EvidenceError
from trust.gm import sm3
from trust.merkle import Frontier, leaf_hash
from trust.tiles import (
    ENTRIES,
    MAX_BUNDLE_BYTES,
    WIDTH,
    Tile,
    Tiler,
    pack_entries,
    parse_tile,
    subtree,
    tiles_of,
    unpack_entries,
)

VECTORS = json.loads(make_log_formats.FILE.read_text(encoding="utf-8"))
SIZES = st.one_of(st.integers(0, 1_000), st.integers(65_000, 66_000), st.integers(0, 200_000))


def entries(size: int) -> list[bytes]:
    return [str(index).encode() for index in range(size)]


def tiled(size: int) -> dict[str, bytes]:
    """All tiles and bundles of the log of the vectors, made out of its entries."""
    found, tiler = {}, Tiler()
    for at in range(0, size, WIDTH):
        some = [str(index).encode() for index in range(at, min(at + WIDTH, size))]
        found[Tile(level=ENTRIES, index=at // WIDTH, width=len(some)).path] = pack_entries(some)
        found |= {tile.path: data for tile, data in tiler.add(some)}
    return found | {tile.path: data for tile, data in tiler.partial()}


@pytest.mark.parametrize(("index", "width", "path", "bundle"), VECTORS["tile_paths"])
def test_a_path_is_that_of_the_vectors(index: int, width: int, path: str, bundle: str) -> None:
    assert Tile(level=0, index=index, width=width).path == path
    assert Tile(level=ENTRIES, index=index, width=width).path == bundle
    assert parse_tile(path) == Tile(level=0, index=index, width=width)


@pytest.mark.parametrize("tree", [pytest.param(tree, id=f"{tree['size']} entries") for tree in VECTORS["trees"]])
def test_a_log_has_the_tiles_of_the_vectors(tree: dict[str, object]) -> None:
    size = int(str(tree["size"]))
    found = tiled(size)

    assert len(found) == tree["count"]
    assert sm3(b"".join(name.encode() + b"\n" + found[name] for name in sorted(found))).hex() == tree["all"]
    assert {tile.path for tile in tiles_of(size)} == set(found)


def test_a_bundle_has_the_bytes_of_the_vectors() -> None:
    vector = VECTORS["bundle"]
    texts = [text.encode() for text in vector["entries"]]

    assert pack_entries(texts).hex() == vector["bytes"]
    assert unpack_entries(bytes.fromhex(vector["bytes"]), 3) == texts


@pytest.mark.parametrize(("text", "digest"), VECTORS["leaves"].items())
def test_a_leaf_has_the_hash_of_the_vectors(text: str, digest: str) -> None:
    assert leaf_hash(text.encode()).hex() == digest


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="nothing"),
        pytest.param("checkpoint", id="the checkpoint"),
        pytest.param("tile/0/0", id="one digit"),
        pytest.param("tile/0/1234", id="four digits in a group"),
        pytest.param("tile/0/001/234", id="a group without its x"),
        pytest.param("tile/0/x000/001", id="a group too many"),
        pytest.param("tile/0/x001/x234", id="an x before the last group"),
        pytest.param("tile/8/000", id="a level that no log reaches"),
        pytest.param("tile/00/000", id="a level with a zero before it"),
        pytest.param("tile/data/000", id="another kind"),
        pytest.param("tile/0/000.p/0", id="no width"),
        pytest.param("tile/0/000.p/256", id="a full tile as a partial one"),
        pytest.param("tile/0/000.p/01", id="a width with a zero before it"),
        pytest.param("tile/0/000.p", id="a folder of partial tiles"),
        pytest.param("tile/0/../0/000", id="a way around"),
        pytest.param("tile/0/٠٠٠", id="digits that are not ASCII"),
        pytest.param("/tile/0/000", id="from the root"),
        pytest.param("tile/0/000\n", id="a line end"),
        pytest.param("tile/0/" + "x001/" * 7 + "000", id="more entries than there can be"),
    ],
)
def test_a_path_has_one_form(path: str) -> None:
    with pytest.raises(EvidenceError):
        parse_tile(path)


@given(st.integers(ENTRIES, 7), st.integers(0, 2**55), st.integers(1, WIDTH))
def test_a_path_is_read_as_it_was_written(level: int, index: int, width: int) -> None:
    tile = Tile(level=level, index=index, width=width)

    assert parse_tile(tile.path) == tile


@settings(deadline=None, max_examples=60)
@given(SIZES, SIZES)
def test_what_a_log_gains_is_what_the_shorter_one_has_not(one: int, other: int) -> None:
    old, new = sorted((one, other))

    gained = list(tiles_of(new, since=old))

    assert set(gained) == set(tiles_of(new)) - set(tiles_of(old))
    assert len(set(gained)) == len(gained)
    assert all(tile.within(new) for tile in gained)
    assert not any(tile.within(old) for tile in gained)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 700))
def test_tiles_hold_the_hashes_of_the_tree(size: int) -> None:
    hashes: dict[tuple[int, int], bytes] = {}
    frontier = Frontier()
    for index in range(size):
        for level, finished in enumerate(frontier.append(leaf_hash(str(index).encode()))):
            hashes[level, index >> level] = finished
    made = tiled(size)

    for tile in tiles_of(size):
        if tile.level != ENTRIES:
            wanted = [hashes[tile.tree_level, tile.start + n] for n in range(tile.width)]
            assert made[tile.path] == b"".join(wanted)
            if tile.width == WIDTH:
                assert subtree(wanted) == hashes[tile.tree_level + 8, tile.index]


@given(st.lists(st.binary(max_size=70), max_size=WIDTH))
def test_a_bundle_is_read_as_it_was_packed(some: list[bytes]) -> None:
    assert unpack_entries(pack_entries(some), len(some)) == some


@settings(max_examples=300)
@given(st.binary(max_size=60), st.integers(0, WIDTH))
def test_a_bundle_is_read_in_one_way_or_refused(data: bytes, width: int) -> None:
    try:
        some = unpack_entries(data, width)
    except EvidenceError:
        return
    assert (pack_entries(some), len(some)) == (data, width)


@settings(deadline=None, max_examples=20)
@given(st.one_of(st.integers(0, 1_100), st.sampled_from([65_535, 65_536, 65_537, 66_000])))
def test_the_tiler_ends_in_the_root_of_the_tree(size: int) -> None:
    tiler, frontier = Tiler(), Frontier()
    for at in range(0, size, WIDTH):
        some = [str(index).encode() for index in range(at, min(at + WIDTH, size))]
        tiler.add(some)
        for entry in some:
            frontier.append(leaf_hash(entry))

    assert tiler.root() == frontier.root()


def test_the_longest_entry_fits_and_no_longer_one() -> None:
    assert unpack_entries(pack_entries([bytes(MAX_ENTRY_BYTES)]), 1) == [bytes(MAX_ENTRY_BYTES)]
    assert len(pack_entries([bytes(MAX_ENTRY_BYTES)])) * WIDTH == MAX_BUNDLE_BYTES
    with pytest.raises(EvidenceError, match="65536 bytes"):
        pack_entries([bytes(MAX_ENTRY_BYTES + 1)])


def test_no_more_is_taken_at_once_than_a_tile_has_place_for() -> None:
    tiler = Tiler()
    tiler.add(entries(WIDTH - 1))
    with pytest.raises(EvidenceError):
        tiler.add(entries(2))
