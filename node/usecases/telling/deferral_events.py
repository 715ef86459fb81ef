"""Deferrals on their way to the other provinces of a use: whoever investigates knows the ground, and others would tell. Clause 8.4.

Through the outbox, as everything that is told: signed, in order, so that a deferral is there before a notice that follows it. What it says
is the subject's id, the ground and the end; no person, and not what the use was of.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from federation.model.event import Event
from federation.model.evidence import EventType
from node.ports.deferrals import Deferral, Subject
from node.ports.store import Nouns
from node.usecases.record import Recorder
from node.usecases.telling.holding import free, hold
from node.vault import holds_number
from trust import canonical

GIVEN = "cn.certmesh.notice.deferred.v1"
ENDED = "cn.certmesh.notice.deferral-ended.v1"
LONGEST = timedelta(days=366)  # another one can follow, on record: our choice, the law names no time
MAX_GROUND = 100  # characters of a law, and of an article
MOST = 8  # in force of one subject: a province that defers again and again is told so
MOST_OF = 10_000  # in force of one province
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,63}")
_LONG_NUMBER = re.compile(r"[0-9]{9,}")  # a person's, most likely: a ground needs none
_READ = 200  # entries of an exchange that are looked through


def flaw(subject: str, law: str, article: str, until: datetime, now: datetime) -> str:
    """What is wrong with a deferral's form, naming the member; "" where nothing is."""
    if not _ID.fullmatch(subject) or holds_number(subject):
        return "the application or exchange: its id, and nothing else"
    for name, text in (("law", law), ("article", article)):
        if not 0 < len(text.strip()) <= MAX_GROUND or not text.isprintable() or _LONG_NUMBER.search(text):
            return f"{name}: 1 to {MAX_GROUND} characters, no person's number"
    if not now < until <= now + LONGEST:
        return f"until: a time to come, within {LONGEST.days} days"
    return ""


def told_to(nouns: Nouns, given: Deferral, members: tuple[str, ...]) -> list[str]:
    """The other provinces of the uses that a deferral of ours names, as far as they are known at this moment."""
    named: set[str] = set()
    if given.kind is Subject.APPLICATION:
        named |= {one.provider for one in nouns.applications.received(given.subject)}
        named |= {code for code in members if nouns.applications.given(code, given.subject) is not None}
    else:
        named |= _peers_of(nouns, given.subject)
    return sorted((named & set(members)) - {given.province})


def _peers_of(nouns: Nouns, exchange_id: str) -> set[str]:
    log, named = nouns.evidence, set[str]()
    for of_peer in (False, True):
        for one in log.of_exchange(exchange_id, of_peer=of_peer, limit=_READ):
            entry = canonical.loads(one.entry)
            named |= {entry.get("peer", ""), *entry.get("peers", ())}
    return named


def given_event(given: Deferral, event_id: str) -> Event:
    """Tells of a deferral."""
    return Event(
        id=event_id,
        province=given.province,
        type=GIVEN,
        time=given.given_at.isoformat(timespec="milliseconds"),
        subject="",
        data={
            "deferral": given.deferral_id,
            "kind": given.kind.value,
            "subject": given.subject,
            "law": given.law,
            "article": given.article,
            "until": given.until.isoformat(timespec="milliseconds"),
        },
    )


def ended_event(ended: Deferral, event_id: str, at: datetime) -> Event:
    """Tells that one was ended before its time."""
    return Event(
        id=event_id,
        province=ended.province,
        type=ENDED,
        time=at.isoformat(timespec="milliseconds"),
        subject="",
        data={"deferral": ended.deferral_id},
    )


def record(recorder: Recorder, nouns: Nouns, one: Deferral, step: str, by: str) -> None:
    """Put on record that a deferral was given or ended here; its id is the one that its province gave it."""
    named = one.deferral_id.removeprefix(f"{one.province}:")
    members = {
        "deferral": named,
        "by": one.province,
        "use" if one.kind is Subject.EXCHANGE else "apply": one.subject,
        "law": one.law,
        "article": one.article,
        "until": one.until.isoformat(timespec="seconds"),
        "manager": by,
    }
    nouns.evidence.append(recorder.entry(EventType.NOTICE, step, named, **members))


class GivenTaker:
    """Keeps deferrals of other provinces. Implements `teller.Taker`."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        """`clock` is UTC."""
        self._recorder = recorder
        self._clock = clock

    def check(self, event: Event) -> None:
        """See `Taker.check`: the form is that of our own. One that has ended on its way is taken, and holds nothing."""
        given = _read(event, self._clock())
        wrong = flaw(given.subject, given.law, given.article, given.until, min(given.given_at, self._clock()))
        if wrong:
            raise ValueError(wrong)

    def take(self, nouns: Nouns, event: Event, raw: bytes) -> bool:  # noqa: ARG002 - the port's signature
        """See `Taker.take`."""
        given = _read(event, self._clock())
        if nouns.deferrals.get(given.deferral_id) is not None or self._enough(nouns, given):
            return False
        nouns.deferrals.give(given)
        record(self._recorder, nouns, given, "deferred", "")
        hold(nouns, given)
        return True

    def _enough(self, nouns: Nouns, given: Deferral) -> bool:
        in_force = nouns.deferrals.in_force(given.subject, given.subject)
        if sum(one.province == given.province for one in in_force) >= MOST:
            return True
        return nouns.deferrals.count(given.province) >= MOST_OF


class EndedTaker:
    """Ends deferrals of other provinces. Implements `teller.Taker`."""

    def __init__(self, recorder: Recorder, clock: Callable[[], datetime]) -> None:
        """`clock` is UTC."""
        self._recorder = recorder
        self._clock = clock

    def check(self, event: Event) -> None:
        """See `Taker.check`."""
        if not _named(event):
            raise ValueError("deferral: its id, and nothing else")

    def take(self, nouns: Nouns, event: Event, raw: bytes) -> bool:  # noqa: ARG002 - the port's signature
        """See `Taker.take`: only whoever gave it can end it, and what it held goes within a minute."""
        held = nouns.deferrals.get(_kept_as(event))
        if held is None or held.ended_at is not None:
            return False
        nouns.deferrals.end(held.deferral_id, self._clock(), "")
        record(self._recorder, nouns, held, "released", "")
        free(nouns, held, self._clock())
        return True


def _named(event: Event) -> bool:
    return _ID.fullmatch(event.text("deferral")) is not None and not holds_number(event.text("deferral"))


def _kept_as(event: Event) -> str:
    """The id under which another province's deferral is kept: only its own events can name it, whatever id they give."""
    return f"{event.province}:{event.text('deferral')}"


def _read(event: Event, now: datetime) -> Deferral:
    """The deferral that an event tells of.

    Raises:
        ValueError: a member is missing or of another form.
    """
    try:
        until, at = (datetime.fromisoformat(one).astimezone(UTC) for one in (event.text("until"), event.time))
    except (ValueError, OverflowError) as error:
        raise ValueError("until: a time with an offset") from error
    if not _named(event):
        raise ValueError("deferral: its id, and nothing else")
    return Deferral(
        deferral_id=_kept_as(event),
        province=event.province,
        kind=Subject(event.text("kind")),
        subject=event.text("subject"),
        law=event.text("law"),
        article=event.text("article"),
        until=until,
        manager="",
        given_at=min(at, now),
    )
