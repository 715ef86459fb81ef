"""Which versions of our own lists the peers say they hold: one above ours shows that this node was set back. Clause 6, DESIGN §2.7.

A node that is restored from an older backup knows nothing of the versions that it published after it. The next one that it published would
bear a number that its peers hold with other content, and convict it of a fork. So nothing is published while peers hold more than we do.

One peer alone is not believed, because it may lie, or be mistaken, and must not keep a province from publishing: it takes two, or all
others where there are fewer than two. What a peer said last counts, and only while this process runs: before the first exchange after a
start nothing is known. Not what peers acknowledged of versions that we know: `receipts`.
"""

from collections.abc import Callable, Iterable

import structlog

from federation.model.publication import PublicationError
from node.ports.lists import Kind

BELIEVED = 2  # peers that say so
_log = structlog.get_logger(__name__)


class BehindError(PublicationError):
    """This node was set back behind what its peers hold of its list."""


class Claims:
    """What peers say. Owned by the event loop."""

    def __init__(self, others: Callable[[], Iterable[str]]) -> None:
        """`others` are the peers that count."""
        self._others = others
        self._held: dict[tuple[Kind, str], int] = {}

    def note(self, kind: Kind, peer: str, held: int, own: int) -> None:
        """A peer says that it holds this version (0: none) of a list of ours, of which `own` is the newest here."""
        if held > own and self._held.get((kind, peer)) != held:
            _log.error("publication.behind", kind=kind.value, peer=peer, version=own, held_there=held)
        self._held[kind, peer] = held

    def behind(self, kind: Kind, own: int) -> int:
        """The version that peers hold beyond our newest, as far as enough of them say so; 0 where ours is the newest."""
        others = tuple(self._others())
        claims = sorted((self._held.get((kind, peer), 0) for peer in others), reverse=True)
        believed = claims[min(BELIEVED, len(claims)) - 1] if claims else 0
        return believed if believed > own else 0

    def refuse_behind(self, kind: Kind, own: int) -> None:
        """Refuse to publish behind what peers hold.

        Raises:
            BehindError: with what to do.
        """
        theirs = self.behind(kind, own)
        if theirs:
            raise BehindError(
                f"not published: peers hold version {theirs} of this {kind.value} list, version {own} is the newest here, so this"
                f" node was set back. Stop it and restore the newest backup, one that has version {theirs}. Where there is none,"
                f" ask the peers' operators for the list they hold before anything is published"
            )
