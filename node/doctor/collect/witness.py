"""Facts about witnesses: how much of the log enough peers cosigned, whether it lost what was signed, and what is kept against any log."""

from datetime import datetime

from node.doctor.context import Context, NotCheckableError
from node.doctor.facts import WitnessFacts
from node.exhibits import Exhibits
from node.ports.store import Nouns
from node.storage.sqlite import open_sqlite_read_only
from node.storage.sqlite.inspect import inspect
from trust import canonical
from trust.membership import parse, signed_from_json


def witness(context: Context) -> WitnessFacts:
    """Read from the store, whether the node runs or not."""
    if not context.database.is_file():
        raise NotCheckableError(f"{context.database} is not there")
    found = inspect(context.database, limit_s=0.0)
    if found.schema != found.newest:  # opening it would change it
        raise NotCheckableError(f"the database has schema {found.schema}, this program reads {found.newest}")
    reader = open_sqlite_read_only(context.database)
    try:
        return _read(context, reader.read)
    finally:
        reader.close()


def _read(context: Context, nouns: Nouns) -> WitnessFacts:
    latest = nouns.memberships.latest()
    membership = None if latest is None else parse(signed_from_json(latest.document).payload)
    quorum, provinces = (membership.witness_quorum, membership.provinces) if membership else (0, None)
    size = nouns.evidence.head().size
    head = nouns.cosignatures.newest(least=max(1, quorum), by=provinces)
    witnessed = min(size, head.size) if head else 0
    exhibits = Exhibits(folder=context.known.node.data / "exhibits")
    own = [one for one in nouns.heads.all() if one.province == context.known.node.province]
    return WitnessFacts(
        quorum=quorum,
        size=size,
        witnessed=witnessed,
        behind_s=_age_s(context, nouns, witnessed) if witnessed < size else 0.0,
        lost=max((one.size for one in own), default=0),
        accused=tuple(sorted(exhibits.accused("fork-"))),
        unasked=_unasked(context),
    )


def _unasked(context: Context) -> tuple[str, ...]:
    """As the running node says."""
    greeting = {} if context.status is None else context.status["witness"]["greeting"]
    return () if greeting.get("enough", True) else tuple(greeting["missed"])


def _age_s(context: Context, nouns: Nouns, index: int) -> float:
    (entry,) = nouns.evidence.entries(index, 1)
    made = datetime.fromisoformat(canonical.loads(entry.entry)["time"])
    return max(0.0, (context.moment - made).total_seconds())
