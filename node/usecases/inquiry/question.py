"""One question to an evidence log, and which entries answer it. Clause 8.5. Pure; what is left empty is not asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from node.usecases.inquiry.threads import Context

_REFUSING = frozenset({"REJECT", "DENIED"})

Digests = Callable[[str], frozenset[str]]
"""The digests under which a person may stand in the entries of an exchange (or of an alarm), by its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A holder or an operator, known by keyed digests that are made anew for each exchange; `member` is "holder" or "operator"."""

    member: str
    digests: Digests

    def in_entry(self, entry: Mapping[str, Any]) -> bool:
        """Whether the entry names this person."""
        digest = entry.get(self.member)
        return digest is not None and digest in self.digests(entry.get("alarm") or entry["exchange"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked. `result` is a word of a result, outcome, verdict or reason; `until` is exclusive."""

    event: str = ""
    step: str = ""
    since: datetime | None = None
    until: datetime | None = None
    certificate: str = ""
    certificate_type: str = ""
    peer: str = ""
    unit: str = ""
    item: str = ""
    line: str = ""
    app: str = ""
    apply: str = ""
    exchange: str = ""
    consent: str = ""
    output: str = ""
    result: str = ""
    refused: bool = False
    person: Person | None = None

    def matches(self, entry: Mapping[str, Any], context: Context) -> bool:
        """Whether an entry answers the question."""
        return (
            self._says(entry)
            and self._about(entry, context)
            and self._in_time(entry)
            and (not self.refused or refused(entry, self.peer))
            and (not self.result or self.result in results(entry, self.peer))
            and (self.person is None or context.about or self.person.in_entry(entry))
        )

    def _says(self, entry: Mapping[str, Any]) -> bool:
        """What has to stand in the entry itself."""
        return (
            self.event in {"", entry["type"]}
            and self.step in {"", entry["step"]}
            and self.output in {"", entry.get("output")}
            and (not self.exchange or self.exchange in (entry["exchange"], entry.get("use")))
            and (not self.consent or self.consent in (entry.get("consent_id"), entry.get("consent")))
            and (not self.peer or self.peer in parties(entry))
            and (not self.certificate or entry.get("certificate") == self.certificate)
            and (not self.certificate_type or _of_type(entry, self.certificate_type))
        )

    def _about(self, entry: Mapping[str, Any], context: Context) -> bool:
        """What stands in the entry, or in those of its application."""
        asked = (self.unit, self.item, self.line, self.app, self.apply)
        known = (context.org, context.item, context.line, context.app, context.apply)
        own = tuple(entry.get(name) for name in ("org", "item", "line", "app", "apply"))
        return all(want in {"", has, said} for want, has, said in zip(asked, known, own, strict=True))

    def _in_time(self, entry: Mapping[str, Any]) -> bool:
        if self.since is None and self.until is None:
            return True
        at = datetime.fromisoformat(entry["time"])
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


def parties(entry: Mapping[str, Any]) -> set[str]:
    """The provinces that an entry names."""
    several = (*entry.get("peers", ()), *(one["province"] for one in _outcomes(entry)))
    return {*(str(entry[name]) for name in ("peer", "consumer", "publisher", "orderer") if name in entry), *several}


def results(entry: Mapping[str, Any], peer: str = "") -> set[str]:
    """The words that say how it went; of several provinces' outcomes those of `peer`, "" for all."""
    said = [entry, *(one for one in _outcomes(entry) if peer in {"", one["province"]})]
    words = {str(one[name]) for one in said for name in ("result", "outcome", "verdict", "reason") if name in one}
    return words | {one["refusal"]["reason"] for one in said if "refusal" in one}


def refused(entry: Mapping[str, Any], peer: str = "") -> bool:
    """Whether the entry records that something was refused, by us or by a peer."""
    several = [one for one in _outcomes(entry) if peer in {"", one["province"]}]
    return "refusal" in entry or any("refusal" in one for one in several) or bool(results(entry, peer) & _REFUSING)


def _outcomes(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    several = entry.get("outcomes", ())
    return [one for one in several if isinstance(one, dict) and "province" in one]


def _of_type(entry: Mapping[str, Any], type_code: str) -> bool:
    """By name, or by the identifier, which holds the type's code (GB/T 36904)."""
    named = type_code == entry.get("certificate_type") or type_code in entry.get("types", ())
    return named or f".{type_code}." in str(entry.get("certificate", ""))
