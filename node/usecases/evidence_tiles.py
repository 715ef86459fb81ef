"""The evidence log as tiles (`trust.tiles`), made out of the store's rows when asked for: there is no second copy. DESIGN §7."""

from node.ports.evidence import Evidence
from trust.tiles import ENTRIES, Tile, pack_entries


def read_tile(log: Evidence, tile: Tile) -> bytes | None:
    """The bytes of a tile or bundle; None where the log is not that long, or the store has lost entries of it.

    Costs one statement: 256 rows at most.

    Raises:
        StoreError: the store cannot be read, or has lost hashes.
    """
    if not tile.within(log.head().size):
        return None
    if tile.level != ENTRIES:
        return log.node_hashes(tile.tree_level, tile.start, tile.width)
    rows = log.entries(tile.start, tile.width)
    if [row.index for row in rows] != list(range(tile.start, tile.start + tile.width)):
        return None
    return pack_entries(row.entry for row in rows)
