"""Over-delivery, found by an auditor: was anything delivered beyond the verdict, or allowed beyond the line? Clause 8.3, 8.5.

Reads a log from its first entry and nothing else of the node, but the line where that version is still published. Who delivers more than
was allowed says so in the entry (`fields`), or the mask beside it does not fit; the other side's entry has the same mask. Pure.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from node.ports.evidence import LogEntry
from node.usecases.retrieval.face_data import mask_digest

LineFields = Callable[[str, str, int], frozenset[str] | None]
"""The fields that a version of a consumer's line allows; None where that version is not published any more."""

_DELIVERING = frozenset({"answered", "received", "own"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """What is wrong with one entry; `fields` are those in question."""

    index: int
    exchange: str
    what: str
    fields: tuple[str, ...] = ()


@dataclass(slots=True)
class FieldAudit:
    """What came of an audit. `deliveries` were looked at; of `unlisted` verdicts the line's version is not published any more."""

    deliveries: int = 0
    verdicts: int = 0
    unlisted: int = 0
    findings: list[AuditFinding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What a verdict allowed."""

    fields: frozenset[str]
    outputs: frozenset[str]


def audited(node: str, entries: Iterable[LogEntry], line_fields: LineFields) -> FieldAudit:
    """Audit the log of `node`; the entries in their order, from the first on."""
    audit, allowed = FieldAudit(), dict[tuple[str, str, str], _Allowed]()
    for one in entries:
        entry: dict[str, Any] = json.loads(one.entry)
        for key, verdict in _verdicts(entry):
            allowed[key] = verdict
        if "allowed_fields" in entry and entry.get("type") == "VERIFY":
            _compare_line(audit, node, one.index, entry, line_fields)
        if _delivers(entry):
            audit.deliveries += 1
            audit.findings += _compare(one.index, entry, allowed.get(_key(entry)))
    return audit


def _verdicts(entry: dict[str, Any]) -> Iterator[tuple[tuple[str, str, str], _Allowed]]:
    """The verdicts that pass in an entry, by side, other party ("" at home) and application."""
    apply_id = entry.get("apply", "")
    if entry.get("type") == "VERIFY" and entry.get("result") == "PASS":
        yield ("gave", entry.get("peer", ""), apply_id), _allowed(entry)
    for one in entry.get("outcomes", ()):
        if entry.get("type") == "APPLY" and "allowed_outputs" in one:
            yield ("got", one["province"], apply_id), _allowed(one)


def _allowed(said: dict[str, Any]) -> _Allowed:
    return _Allowed(frozenset(said.get("allowed_fields", ())), frozenset(said.get("allowed_outputs", ())))


def _delivers(entry: dict[str, Any]) -> bool:
    """Something was handed out, or came; a repeated answer is the one before, and was looked at."""
    handed = entry.get("type") == "RETRIEVE" and entry.get("step") in _DELIVERING and "output" in entry
    return handed and "refusal" not in entry


def _key(entry: dict[str, Any]) -> tuple[str, str, str]:
    side = "got" if entry["step"] == "received" else "gave"
    return side, entry.get("peer", ""), entry.get("apply", "")


def _compare(index: int, entry: dict[str, Any], allowed: _Allowed | None) -> Iterator[AuditFinding]:
    """What is wrong with a delivery."""

    def finding(what: str, *fields: str) -> AuditFinding:
        return AuditFinding(index=index, exchange=entry["exchange"], what=what, fields=fields)

    delivered = tuple(sorted(entry.get("fields", ())))
    if "mask" in entry and mask_digest(delivered).hex() != entry["mask"]:
        yield finding("the mask is not that of the fields named", *delivered)
    if allowed is None:
        yield finding("no verdict on record allows it")
        return
    if entry["output"] not in allowed.outputs:
        yield finding(f"the verdict does not allow {entry['output']}")
    beyond = sorted(set(delivered) - allowed.fields)
    if beyond:
        yield finding("fields beyond the verdict", *beyond)


def _compare_line(audit: FieldAudit, node: str, index: int, entry: dict[str, Any], line_fields: LineFields) -> None:
    """Whether a verdict allows more than the line it was given under."""
    audit.verdicts += 1
    listed = line_fields(entry.get("peer", node), entry.get("line", ""), entry.get("line_version", 0))
    if listed is None:
        audit.unlisted += 1
        return
    beyond = sorted(set(entry["allowed_fields"]) - listed)
    if beyond:
        what = "the verdict allows fields beyond the line"
        audit.findings.append(AuditFinding(index=index, exchange=entry["exchange"], what=what, fields=tuple(beyond)))
