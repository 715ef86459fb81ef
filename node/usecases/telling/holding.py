"""Which letters a deferral holds, and holding and freeing them in a unit of work. Clause 8.4. Who may defer: `deferring`.

A deferral that another province gave counts only for uses that it is part of, as consumer or provider: ids of applications and exchanges
are chosen by those who ask, so a third province could name another's.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from federation.model.event import Event, read_event
from node.ports.deferrals import Deferral, Subject
from node.ports.notices import OutboxItem, OutboxState
from node.ports.store import Nouns

SLICE = 200  # letters read at a time


def parties(event: Event) -> frozenset[str]:
    """The provinces that are part of what an event tells of: a use, or an objection under a use's application."""
    return frozenset(event.text(name) for name in ("consumer", "provider", "raiser", "owner"))


def hidden(nouns: Nouns, exchange_id: str, apply_id: str, others: Collection[str], now: datetime) -> bool:
    """Whether a use must not be told to its holder yet; whoever tells or shows uses to holders asks this.

    `others` are the provinces that are part of the use: beside our own deferrals, theirs count.
    """
    in_force = nouns.deferrals.in_force(exchange_id, apply_id)
    return any(one.until > now and _counts(one, others) for one in in_force)


def _counts(one: Deferral, others: Collection[str]) -> bool:
    """Whether it is ours, given by a manager of this province, or of one of these."""
    return bool(one.manager) or one.province in others


def hold(nouns: Nouns, given: Deferral) -> int:
    """Hold what waits and is named by a new deferral; how many letters."""
    count = 0
    for item in _about(nouns, OutboxState.PENDING, given):
        if _counts(given, parties(read_event(item.event))):
            nouns.notices.settle(item.seq, OutboxState.DEFERRED)
            count += 1
    return count


def free(nouns: Nouns, ended: Deferral, now: datetime) -> list[OutboxItem]:
    """Let go what a deferral that has ended held, but for what another one still holds; the letters."""
    going = [
        item
        for item in _about(nouns, OutboxState.DEFERRED, ended)
        if not hidden(nouns, item.exchange, item.application, parties(read_event(item.event)), now)
    ]
    for item in going:
        nouns.notices.settle(item.seq, OutboxState.PENDING)
    return going


def _about(nouns: Nouns, state: OutboxState, given: Deferral) -> Iterator[OutboxItem]:
    """All letters that stand so and are named by a deferral, oldest first."""
    exchange = given.subject if given.kind is Subject.EXCHANGE else ""
    application = given.subject if given.kind is Subject.APPLICATION else ""
    after = 0
    while found := nouns.notices.about(state, exchange, application, SLICE, after=after):
        after = found[-1].seq
        yield from found
