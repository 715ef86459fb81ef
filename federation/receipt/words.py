"""The consumer's entries of its questions, as the check of a receipt reads them. No belief here: they are proven before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from trust.errors import EvidenceError


class Basis(StrEnum):
    """On what a claim about one province rests."""

    OWN = "the consumer's own entry"
    ANSWER = "the province's own entry"
    VERDICT = "the province's entry of its verdict"
    ORDER = "the province's stop order; that it was not lifted before the search cannot be seen from here"
    SILENT = "it was to be asked; that no answer came is claimed, not shown"
    LEFT_OUT = "it was not asked; claimed, not shown"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the digest of what was sent ("" where nothing was), to whom, about which types, under which application.

    `scope`: "narrowed" (to one certificate number), "invalid" (also what is not valid); see `federation.model.search.Query.scope`.
    """

    digest: str
    peers: frozenset[str]
    types: frozenset[str]
    apply_id: str
    scope: frozenset[str]

    def differs(self, entry: Mapping[str, Any]) -> str:
        """What an entry of the answer to it says was searched, where that is something else; "" where it is the same."""
        if entry.get("apply") != self.apply_id:
            return "another application"
        if texts_of(entry.get("types")) != self.types:
            return "other certificate types"
        return "" if _scope(entry) == self.scope else "a search that was narrower or wider"


@dataclass(frozen=True, slots=True)
class Questions:
    """All questions of one search; `apply_id` is the application it rests on."""

    each: tuple[Question, ...]
    apply_id: str

    @property
    def peers(self) -> tuple[str, ...]:
        """Everybody who was asked, ordered."""
        return tuple(sorted({code for one in self.each for code in one.peers}))

    @property
    def types(self) -> frozenset[str]:
        """The types that were searched."""
        return frozenset(code for one in self.each for code in one.types)

    @property
    def scope(self) -> frozenset[str]:
        """How any of them asked for less or more than a plain search does."""
        return frozenset(word for one in self.each for word in one.scope)

    def asked(self, province: str) -> tuple[Question, ...]:
        """The questions that went to a province."""
        return tuple(one for one in self.each if province in one.peers)


def question(entry: Mapping[str, Any]) -> Question:
    """What an entry says was asked: of a search, or of an application."""
    sent = entry.get("sent")
    named = isinstance(sent, dict) and next((sent[kind] for kind in _KINDS if kind in sent), None)
    digest = entry.get(named) if isinstance(named, str) else None
    return Question(
        digest=digest if isinstance(digest, str) else "",
        peers=texts_of(entry.get("peers")) if digest else frozenset(),
        types=texts_of(entry.get("types")),
        apply_id=str(entry.get("apply", "")),
        scope=_scope(entry),
    )


def _scope(entry: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name in _SCOPE if entry.get(name) not in (None, False))


_SCOPE = ("narrowed", "invalid")
_KINDS = ("SearchRequest", "SubmitRequest")


def texts_of(values: object) -> frozenset[str]:
    """The texts of a list; what is neither counts as none."""
    return frozenset(one for one in values if isinstance(one, str)) if isinstance(values, list) else frozenset()


def word_of(members: Mapping[str, Any], name: str) -> str:
    """A member as one word; of a refusal its reason."""
    value = members.get(name)
    if isinstance(value, dict):
        value = value.get("reason", value)
    return "" if value in (None, False) else str(value)


def sent_in(entry: Mapping[str, Any], kind: str, consumer: str) -> str:
    """The digest of the message of this kind that an entry says was sent to the consumer of a search.

    Raises:
        EvidenceError: it says nothing like that.
    """
    if entry.get("peer") != consumer:
        raise EvidenceError(f"the province's entry is about a message to another than {consumer}")
    if str(entry.get("type")) not in {"SEARCH", "VERIFY"}:
        raise EvidenceError(f"the province's entry is not of a {kind}")
    sent = entry.get("sent")
    member = sent.get(kind) if isinstance(sent, dict) else None
    digest = entry.get(member) if isinstance(member, str) else None
    if not isinstance(digest, str):
        raise EvidenceError(f"the entry does not say that a {kind} was sent")
    return digest


def time_of(entry: Mapping[str, Any]) -> datetime:
    """When an entry was written.

    Raises:
        EvidenceError: it does not say.
    """
    try:
        time = datetime.fromisoformat(str(entry.get("time")))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise EvidenceError("an entry has no time")
    return time
