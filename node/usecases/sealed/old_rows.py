"""Keys and seals the rows that an older program left in the clear: at start, before a port is open. Clause 8.4, DESIGN §2.8.

In slices, each one unit of work: killed at any point, the next start goes on with what is left. No evidence: nothing is done to a person's
data but what this node keeps of them.
"""

from dataclasses import replace
from functools import partial

import structlog

from node.ports.store import Nouns, Store
from node.ports.unsealed import Kept, Unsealed
from node.usecases.sealed.marks import Marks, with_grantor
from node.vault import Vault

SLICE = 100  # rows in one unit of work: some milliseconds
_log = structlog.get_logger(__name__)


async def seal_old_rows(store: Store, vault: Vault) -> int:
    """Seal all; returns how many there were.

    Raises:
        StoreError: the store refused; what was sealed stays so.
    """
    count, marks = 0, Marks(vault=vault)
    while sealed := await store.transact(partial(_slice, marks)):
        count += sealed
    if count:
        _log.info("store.sealed", rows=count)
    return count


def _slice(marks: Marks, nouns: Nouns) -> int:
    rows = nouns.unsealed.some(SLICE)
    for one in rows:
        nouns.unsealed.seal(_sealed(marks, one))
    return len(rows)


def _sealed(marks: Marks, one: Unsealed) -> Unsealed:
    """The row as `store` would have written it."""
    if one.kept is Kept.INTENT:
        return replace(one, content=marks.intent(one.content))
    plain = with_grantor(one.person, one.content) if one.kept is Kept.CONSENT else one.content
    key = marks.person(one.kept, one.person) if one.kept in {Kept.USE, Kept.CONSENT} else ""
    return replace(one, person=key, content=marks.seal(one.kept, one.place, plain))
