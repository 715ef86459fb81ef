"""Documents of one case that contradict one another: signed by who has to sign them, and they cannot both stand. DESIGN §2.7, P5.

The file holds what one side has and the other has not, with signatures and certificates, for people to judge; what both know is not there,
for it may name a handle. The case stays as it was known. Bounded in number: what no longer fits is in the log alone.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from node.exhibits import Exhibits
from trust import canonical, gm
from trust.objection import Case, Signed

MAX_FILES = 40  # of this kind: exhibits of forked logs need room, too
_PREFIX = "objection-"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradictions:
    """Keeps what contradicts."""

    exhibits: Exhibits

    async def keep(self, known: Case, told: Sequence[Signed], *, peer: str) -> None:
        """Keep what is known of a case and what `peer` told, and raise the alarm."""
        content = canonical.dumps(
            {
                "objection": known.raised.id,
                "owner": known.raised.owner,
                "peer": peer,
                "known": _without(known.documents, told),
                "told": _without(told, known.documents),
            }
        )
        file = await asyncio.to_thread(self._kept, known.raised.owner, content)
        _log.error("objection.forked", objection=known.raised.id, owner=known.raised.owner, peer=peer, file=file)

    def _kept(self, owner: str, content: bytes) -> str:
        """The name of the file, "" where there is no room for it."""
        name = f"{_PREFIX}{owner}-{gm.sm3(content).hex()[:32]}"
        try:
            held = self.exhibits.holds(name)
            kept = held or (self.exhibits.count(_PREFIX) < MAX_FILES and self.exhibits.keep(name, content))
        except OSError as error:
            _log.error("objection.exhibit_not_kept", owner=owner, error=error.strerror)
            return ""
        return f"{name}.json" if kept else ""


def _without(documents: Sequence[Signed], others: Sequence[Signed]) -> list[Any]:
    elsewhere = {one.digest for one in others}
    return [json.loads(one.to_json()) for one in documents if one.digest not in elsewhere]
