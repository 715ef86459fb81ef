"""What a decision on an application rests on, looked up once: the line, the provider's decision on it, its catalogue. Clause 7.3, C9-4.

Not the rules: they are in `checks`, and read nothing but a case. The consumer looks a case up to know whom to ask, the provider to decide,
and `explanation` to say what either would do.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeVar

from federation.model.application import Application, Output
from federation.model.catalogue import CatalogueEntry
from federation.model.decision import Decision
from federation.model.uselist import UseListLine
from node.ports.lists import Kind
from node.usecases.lists import Lists, PublishedLine

T = TypeVar("T", bound=str)

MAX_TYPES = 50  # of one application; more are refused
CHINA = timezone(timedelta(hours=8))  # dates on certificates and lists are days of Beijing time


def china_day(moment: datetime) -> date:
    """The calendar day in China at a moment."""
    return moment.astimezone(CHINA).date()


@dataclass(slots=True, kw_only=True)
class Ground:
    """One line and what one province says of it. Never changed after it is made; not frozen, because it is made on every call's way.

    `provider` is "" where the consumer checks before it looks whom to ask. `versions` are those of the line that are held, `line` the one
    that is effective, `limits` the same line within the provider's decision. `decides_here`: what is not known here does not exist; at the
    consumer a provider whose decisions or catalogue never came is asked, because it is the one who knows.
    """

    use_list_id: str
    consumer: str
    provider: str
    now: datetime
    today: str
    versions: tuple[PublishedLine, ...]
    line: UseListLine | None
    limits: UseListLine | None
    decision: Decision | None
    decides_here: bool
    decisions_known: bool

    @property
    def needs_decision(self) -> bool:
        """A province's own lines need none at home."""
        return self.provider not in ("", self.consumer)


@dataclass(slots=True, kw_only=True)
class Case(Ground):
    """One application at one province; `entries` are what its catalogue says of the types that may be.

    `type_codes` and `outputs` are those wanted that the provider accepts for this line, `fields` the face fields that a verdict admits:
    those wanted, or all of the line, within what the provider accepts. `offered` is `catalogue`'s, worked out once.
    """

    application: Application
    entries: dict[str, CatalogueEntry | None]
    catalogue_known: bool
    type_codes: tuple[str, ...]
    outputs: tuple[Output, ...]
    fields: tuple[str, ...]
    offered: tuple[str, ...] | None = None


def ground_of(lists: Lists, use_list_id: str, *, consumer: str, provider: str, here: str, now: datetime) -> Ground:
    """Look a line up. `here` is the province that looks; `provider` "" leaves the decision out."""
    return Ground(**_facts(lists, use_list_id, consumer, provider, here, now))


def case_of(lists: Lists, application: Application, *, consumer: str, provider: str, here: str, now: datetime) -> Case:
    """Look up all that an application rests on; `provider` "" leaves decision and catalogue out."""
    facts = _facts(lists, application.use_list_id, consumer, provider, here, now)
    limits: UseListLine | None = facts["limits"]
    allowed = limits.allowed_fields if limits else ()
    type_codes = _both(application.type_codes[:MAX_TYPES], limits.type_codes if limits else ())
    return Case(
        **facts,
        application=application,
        entries={code: lists.entry(provider, code, now) for code in type_codes} if provider else {},
        catalogue_known=not provider or lists.version(Kind.CATALOGUE, provider) > 0,
        type_codes=type_codes,
        outputs=_both(application.outputs, limits.output_modes if limits else ()),
        fields=_both(application.fields, allowed) if application.fields else allowed,
    )


def _facts(lists: Lists, use_list_id: str, consumer: str, provider: str, here: str, now: datetime) -> dict[str, Any]:
    """The members of a `Ground`."""
    versions = lists.line_versions(consumer, use_list_id)
    published = lists.line(consumer, use_list_id, now) if versions else None
    line = published.line if published else None
    decision = lists.decision(provider, published) if published and provider not in ("", consumer) else None
    return {
        "use_list_id": use_list_id,
        "consumer": consumer,
        "provider": provider,
        "now": now,
        "today": china_day(now).isoformat(),
        "versions": versions,
        "line": line,
        "limits": decision.narrowed(line) if decision and line else line,
        "decision": decision,
        "decides_here": provider == here,
        "decisions_known": not provider or lists.version(Kind.DECISIONS, provider) > 0,
    }


def _both(wanted: tuple[T, ...], allowed: tuple[str, ...]) -> tuple[T, ...]:
    return tuple([one for one in wanted if one in allowed])
