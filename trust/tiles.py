"""A log as static files: the layout of C2SP tlog-tiles, over SM3. DESIGN §7.

    checkpoint                       the newest signed head
    tile/<L>/<N>[.p/<W>]             256 hashes side by side, or W of them at the right edge: level L of tiles spans levels 8L to 8L+7
    tile/entries/<N>[.p/<W>]         the 256 entries under tile/0/<N>, each behind its length in 16 bits, big-endian

N is written in groups of three digits, all but the last behind an x: 1234067 is x001/x234/067. A full tile never changes; a partial one
belongs to the sizes of the log that end in it, and may go once the full one is there.

Pure: names, and bytes in and out. Who serves them is `node.admin.evidence`, who writes files `node.log_folder`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trust.envelope import MAX_ENTRY_BYTES
from trust.errors import EvidenceError
from trust.merkle import HASH_BYTES, Frontier, leaf_hash, node_hash, peaks

WIDTH = 256  # hashes of a full tile, entries of a full bundle
HEIGHT = 8  # levels of the tree that a tile spans
ENTRIES = -1  # the "level" of entry bundles
MAX_LEVEL = 7  # of tiles: a log has fewer than 2^63 entries
MAX_TILE_BYTES = WIDTH * HASH_BYTES
_LENGTH_BYTES = 2
MAX_BUNDLE_BYTES = WIDTH * (_LENGTH_BYTES + MAX_ENTRY_BYTES)
_PATH = re.compile(r"tile/(entries|[0-7])/((?:x\d{3}/){0,6}\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)
_GROUP = 1000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Tile:
    """The name of a tile, or with level `ENTRIES` of a bundle of entries; `width` is 1 to 256, below that it is partial."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it stands below the log's prefix, such as "tile/0/x001/234"."""
        groups = [f"{self.index % _GROUP:03d}"]
        rest = self.index // _GROUP
        while rest:
            groups.insert(0, f"x{rest % _GROUP:03d}")
            rest //= _GROUP
        kind = "entries" if self.level == ENTRIES else str(self.level)
        name = "/".join(("tile", kind, *groups))
        return name if self.width == WIDTH else f"{name}.p/{self.width}"

    @property
    def tree_level(self) -> int:
        """The level of the tree that its hashes have; of entries that of their leaves."""
        return HEIGHT * max(self.level, 0)

    @property
    def start(self) -> int:
        """The index of its first hash in that level of the tree; of entries, of the first entry."""
        return self.index * WIDTH

    def within(self, size: int) -> bool:
        """Whether a log of `size` entries has all of it."""
        return self.start + self.width <= size >> self.tree_level


def parse_tile(path: str) -> Tile:
    """The tile at a path, which may come from a stranger; there is one path for each.

    Raises:
        EvidenceError: nothing of the layout stands there.
    """
    found = _PATH.fullmatch(path)
    if found is not None:
        level = ENTRIES if found[1] == "entries" else int(found[1])
        index = int(found[2].replace("/", "").replace("x", ""))
        tile = Tile(level=level, index=index, width=int(found[3] or WIDTH))
        if tile.path == path and tile.width <= WIDTH:
            return tile
    raise EvidenceError(
        "a tile's path is tile/<0 to 7, or entries>/<groups of three digits>, and .p/<1 to 255> where it is partial"
    )


def tiles_of(size: int, *, since: int = 0) -> Iterator[Tile]:
    """The tiles and bundles of a log of `size` entries, without those that a log of its first `since` entries has already.

    Each bundle comes with the tile of its leaf hashes behind it; then the higher levels, lowest first.
    """
    for tile in _level(size, since, 0):
        yield Tile(level=ENTRIES, index=tile.index, width=tile.width)
        yield tile
    for level in range(1, MAX_LEVEL + 1):
        yield from _level(size, since, level)


def _level(size: int, since: int, level: int) -> Iterator[Tile]:
    there, wanted = since >> HEIGHT * level, size >> HEIGHT * level
    for index in range(there // WIDTH, wanted // WIDTH):
        yield Tile(level=level, index=index)
    if wanted % WIDTH and wanted != there:
        yield Tile(level=level, index=wanted // WIDTH, width=wanted % WIDTH)


def pack_entries(entries: Iterable[bytes]) -> bytes:
    """A bundle of entries.

    Raises:
        EvidenceError: one is too long for its length to be written.
    """
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise EvidenceError(
                f"an entry of {len(entry)} bytes has no place in a bundle: {MAX_ENTRY_BYTES} is the most"
            )
        parts += [len(entry).to_bytes(_LENGTH_BYTES), entry]
    return b"".join(parts)


def unpack_entries(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle that is said to hold `width`. Bound the bytes (`MAX_BUNDLE_BYTES`) before reading them.

    Raises:
        EvidenceError: it holds fewer or more, or ends within one.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < width:
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start])
        entries.append(data[start:at])
    if at != len(data) or len(entries) != width:
        raise EvidenceError(f"not a bundle of {width} entries")
    return entries


class Tiler:
    """Makes the hash tiles of a log out of its entries, one bundle after the other; memory O(log n). For who believes no stored hash."""

    def __init__(self) -> None:
        """Start with the empty log."""
        self.size = 0
        self._open: list[list[bytes]] = []  # hashes of the unfinished tile of each level
        self._full: list[int] = []  # how many were finished

    def add(self, entries: Sequence[bytes]) -> list[tuple[Tile, bytes]]:
        """Take the next entries, at most as many as fill the lowest tile; the tiles that they fill, lowest first.

        Raises:
            EvidenceError: they are more.
        """
        if self.size % WIDTH + len(entries) > WIDTH:
            raise EvidenceError("more entries at once than the lowest tile has place for")
        self.size += len(entries)
        return list(self._put(0, [leaf_hash(entry) for entry in entries]))

    def _put(self, level: int, hashes: list[bytes]) -> Iterator[tuple[Tile, bytes]]:
        if level == len(self._open):
            self._open.append([])
            self._full.append(0)
        held = self._open[level]
        held += hashes
        if len(held) == WIDTH:
            yield Tile(level=level, index=self._full[level]), b"".join(held)
            self._open[level] = []
            self._full[level] += 1
            yield from self._put(level + 1, [subtree(held)])

    def root(self) -> bytes:
        """The Merkle tree hash of all entries so far."""
        return Frontier(self.size, [self._peak(level, index) for level, index in peaks(self.size)]).root()

    def _peak(self, level: int, index: int) -> bytes:
        """A largest complete subtree: its hashes lie in the unfinished tile of its level."""
        tile, height = divmod(level, HEIGHT)
        first = (index << height) - self._full[tile] * WIDTH
        return subtree(self._open[tile][first : first + (1 << height)])

    def partial(self) -> list[tuple[Tile, bytes]]:
        """The tiles at the right edge that are not full, lowest first."""
        return [
            (Tile(level=level, index=self._full[level], width=len(held)), b"".join(held))
            for level, held in enumerate(self._open)
            if held
        ]


def subtree(hashes: Sequence[bytes]) -> bytes:
    """The tree hash over a power of two of hashes, such as those of a full tile."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]
