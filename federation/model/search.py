"""Fused search: the query, a province's answer, and the merged answer with every outcome. Clause 8.2, DESIGN §2.3."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from federation.model.application import Application, Holder, Verdict
from federation.model.refusal import Owner, Reason, Refusal

MAX_ITEMS = 200  # of one province's answer; what is more is marked as truncated


class Outcome(StrEnum):
    """What became of one province in a fan-out. DESIGN §2.3."""

    OK = "OK"
    EMPTY = "EMPTY"
    DENIED = "DENIED"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"
    SKIPPED = "SKIPPED"


class Gap(StrEnum):
    """Why it is not known of a province what it holds, the gravest first. HERE: by our own fault it was not asked, or not believed."""

    HERE = "HERE"
    SILENT = "SILENT"
    PENDING = "PENDING"
    STOPPED = "STOPPED"
    TRUNCATED = "TRUNCATED"


class Completeness(StrEnum):
    """Whether the merged answer speaks for every province that was to be asked."""

    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of one province, under an application it has passed; or that comes with the question, to be decided with it."""

    apply_id: str
    holder: Holder
    type_codes: tuple[str, ...]
    number: str = ""
    include_invalid: bool = False
    application: Application | None = None

    @property
    def scope(self) -> dict[str, bool]:
        """How it asks for less or more than a plain search does, as both sides put it on record: an answer is one to this alone.

        `narrowed`: to one certificate number. `invalid`: also what is not valid.
        """
        said = {"narrowed": bool(self.number), "invalid": self.include_invalid}
        return {name: True for name, holds in said.items() if holds}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """List metadata of one certificate: no face data, no holder. Dates are ISO, "" for none.

    `disputed` (异议中): somebody has objected to it, and that is not settled; or several provinces say that it is theirs.
    """

    identifier: str
    name: str
    type_name: str
    type_code: str
    number: str
    area_code: str
    issuer_name: str
    issuer_code: str
    issued: str
    valid_from: str
    valid_until: str
    status: str
    superseded_by: str = ""
    disputed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One province's answer; `verdict` is on the application that the query carried."""

    outcome: Outcome
    items: tuple[Item, ...] = ()
    refusal: Refusal | None = None
    catalogue_version: int = 0
    truncated: bool = False
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvinceOutcome:
    """One line of the completeness receipt. `answer_digest` is the SM3 (hex) of the signed answer, "" where none came.

    `answer_issued` is the answer's stamp; `truncated`: the province holds more than it answered.
    """

    province: str
    outcome: Outcome
    refusal: Refusal | None
    elapsed_ms: int
    answer_digest: str = ""
    catalogue_version: int = 0
    truncated: bool = False
    answer_issued: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedItem:
    """One certificate of the merged answer, with every province that named it: first the one whose item counts."""

    item: Item
    provinces: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedAnswer:
    """The merged answer: items, one outcome per province, and the verdict over them.

    `verdicts`: on the application, of those provinces that decided on it in this search.
    """

    exchange_id: str
    completeness: Completeness
    items: tuple[MergedItem, ...]
    outcomes: tuple[ProvinceOutcome, ...]
    elapsed_ms: int
    verdicts: tuple[Verdict, ...] = ()


def merge(answers: dict[str, Answer]) -> tuple[MergedItem, ...]:
    """Merge the provinces' items by identifier: valid first, then the newest issue date, then the identifier. Clause 8.2.

    Of a certificate that several name, the item of its own province counts (`home_of`), otherwise that of one which says of itself that it
    is its own, otherwise that of the first by code. So none overrules another's certificate by claiming it. It is disputed where any says
    so, and where several claim it and its identifier does not decide. A superseded one points onward to the newest version that any knows.
    """
    sources: dict[str, dict[str, Item]] = {}
    for province in sorted(answers):
        for item in answers[province].items:  # a province may name a certificate twice
            sources.setdefault(item.identifier, {}).setdefault(province, item)
    chosen = [_counts(identifier, named) for identifier, named in sources.items()]
    onward = {one.item.identifier: one.item.superseded_by for one in chosen}
    last = newest(onward)
    merged = [replace(one, item=replace(one.item, superseded_by=last[one.item.identifier])) for one in chosen]
    merged.sort(key=lambda one: one.item.identifier)
    merged.sort(key=lambda one: one.item.issued, reverse=True)
    merged.sort(key=lambda one: one.item.status != "VALID")
    return tuple(merged)


def _counts(identifier: str, named: dict[str, Item]) -> MergedItem:
    """What is believed of a certificate that these provinces name."""
    claiming = [code for code, item in named.items() if item.area_code[:2] + "0000" == code]
    home = home_of(identifier)
    counts = home if home in named else next(iter(claiming or named))
    disputed = any(one.disputed for one in named.values()) or (home not in named and len(claiming) > 1)
    others = tuple(code for code in named if code != counts)
    return MergedItem(item=replace(named[counts], disputed=disputed), provinces=(counts, *others))


def home_of(identifier: str) -> str:
    """The province whose body issued a certificate, by the division in the issuer's credit code in its identifier; "" where it has none.

    GB/T 36904-2018, GB 32100-2015: the one word on a certificate's home that nobody who names it can bend, or it is another certificate.
    """
    parts = identifier.split(".")
    issuer = parts[-_ISSUER] if len(parts) == _PARTS else ""
    return f"{issuer[2:4]}0000" if len(issuer) == _CREDIT_CODE and issuer[2:4].isdecimal() else ""


_PARTS, _ISSUER, _CREDIT_CODE = (
    10,
    4,
    18,
)  # a root of five numbers, type, issuer, serial, version, check; characters of a credit code


def newest(onward: Mapping[str, str]) -> dict[str, str]:
    """The versions that superseded certificates last, by a table of which superseded which; "" where none did.

    Versions that point at one another in a circle, or into one, are left as they are: the table is what others wrote. Each is looked at
    once, however long a chain they make.
    """
    ends: dict[str, str] = {}  # "": a circle
    for start in onward:
        path, at = dict[str, None](), start
        while at not in ends and at not in path and onward.get(at, ""):
            path[at] = None
            at = onward[at]
        end = "" if at in path else ends.get(at, at)
        ends.update(dict.fromkeys(path, end))
    return {one: ends.get(one, "") or following for one, following in onward.items()}


def completeness(outcomes: tuple[ProvinceOutcome, ...]) -> Completeness:
    """COMPLETE only where every province answered, or was rightly not asked. DESIGN §2.3.

    DENIED counts as an answer (the province spoke); TIMEOUT and ERROR do not, nor does an answer that was cut short, nor a province that
    was left out because the others stopped it, nor one where a person has yet to decide: what it holds is not known.
    """
    partial = any(
        gap(one.outcome, one.refusal.reason if one.refusal else "", truncated=one.truncated) for one in outcomes
    )
    return Completeness.INCOMPLETE if partial else Completeness.COMPLETE


_OPEN: Mapping[str, Gap] = {Reason.PEER_STOPPED: Gap.STOPPED, Reason.REVIEW_PENDING: Gap.PENDING}


def gap(outcome: Outcome, reason: str, *, owner: str = "", truncated: bool) -> Gap | None:
    """Why an outcome with the reason and owner of its refusal, "" for none, leaves the merged answer incomplete; None where it does not."""
    if outcome in {Outcome.TIMEOUT, Outcome.ERROR}:
        return Gap.HERE if owner == Owner.NODE else Gap.SILENT
    return _OPEN.get(reason) or (Gap.TRUNCATED if truncated else None)
