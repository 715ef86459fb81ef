"""What a node forgets by itself, and when.

Nonces, answers, counters, reviews, old alarms, statistics, the proofs of receipts, delivered letters, ended deferrals,
addresses of files, handles, old consents, old objections. Never evidence, never lists.

The caller decides whether the clock may be believed (`node.clock_watch`): what is forgotten too early would be let in, or counted, twice.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from node.ports.store import Nouns, Store

REVIEWS_KEPT = timedelta(days=30)  # behind their end, for who asks what became of one; the evidence stays
ALARMS_KEPT = timedelta(days=366)  # behind the pause, for who asks whether it is the first; the evidence stays
STATISTICS_MONTHS = 25  # this year and the two before can be compared
CONSENTS_KEPT = timedelta(days=3 * 366)  # after their end: as long as records of the handling of personal data
OBJECTIONS_KEPT = timedelta(
    days=1096
)  # behind their end, as records of the handling of personal data; the evidence stays
RECEIPTS_KEPT = timedelta(days=1096)  # three years, as records of the handling of personal data (REQUIREMENTS 8.5)
LETTERS_KEPT = timedelta(days=1096)  # as long, behind their delivery; what is not delivered is never forgotten
SPENT_SHOWN = timedelta(days=1)  # who comes late with an address is told so, and not that there never was one
SLICE = 500  # rows in one unit of work


async def forget(store: Store, now: datetime) -> None:
    """Forget what has ended, a bounded number of rows at a time.

    Raises:
        StoreError: the store refused; what was forgotten before stays so, the rest is for the next time.
    """
    before = statistics_from(now.date())
    old = now - RECEIPTS_KEPT
    purges: tuple[Callable[[Nouns], int], ...] = (
        lambda nouns: nouns.exchanges.purge(now),
        lambda nouns: nouns.downloads.purge(now - SPENT_SHOWN, SLICE),
        lambda nouns: nouns.usage.purge(now, SLICE),
        lambda nouns: nouns.handles.purge(now, SLICE),
        lambda nouns: nouns.consents.purge(now - CONSENTS_KEPT, SLICE),
        lambda nouns: nouns.reviews.purge(now - REVIEWS_KEPT, SLICE),
        lambda nouns: nouns.alarms.purge(now - ALARMS_KEPT, SLICE),
        lambda nouns: nouns.objections.purge(now - OBJECTIONS_KEPT, SLICE),
        lambda nouns: nouns.line_statistics.purge(before, SLICE),
        lambda nouns: nouns.receipts.purge(old, SLICE) + nouns.head_links.purge(old, SLICE),
        lambda nouns: nouns.notices.purge_outbox(now - LETTERS_KEPT, SLICE),
        lambda nouns: nouns.deferrals.purge(now - LETTERS_KEPT, SLICE),
    )
    for purge in purges:
        while await store.transact(purge):
            pass


def statistics_from(today: date) -> date:
    """The first day that statistics are kept of: that of the month 25 months ago.

    `today` in UTC is never after the day in Beijing that statistics are kept by, so nothing is forgotten too early.
    """
    months = today.year * 12 + today.month - 1 - STATISTICS_MONTHS
    return date(months // 12, months % 12 + 1, 1)
