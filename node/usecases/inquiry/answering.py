"""Answers a question from the entries of a log, in one pass and in order; and counts the answers. Clause 8.5. Pure."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.ports.evidence import LogEntry
from node.usecases.inquiry.question import Question, parties, results
from node.usecases.inquiry.threads import Context, Threads

COUNTED: Mapping[str, Callable[["Found"], Iterable[str]]] = {
    "unit": lambda one: [one.context.org],
    "item": lambda one: [one.context.item],
    "line": lambda one: [one.context.line],
    "app": lambda one: [one.context.app],
    "peer": lambda one: parties(one.entry) or [""],
    "type": lambda one: [one.entry["type"]],
    "step": lambda one: [one.entry["step"]],
    "certificate": lambda one: [one.entry.get("certificate", "")],
    "output": lambda one: [one.entry.get("output", "")],
    "result": lambda one: results(one.entry) or [""],
    "day": lambda one: [one.entry["time"][:10]],
    "month": lambda one: [one.entry["time"][:7]],
}
"""What answers may be counted by (days and months are those of UTC, as they stand in the entries)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entry that answers the question, and what is known of its application."""

    index: int
    entry: Mapping[str, Any]
    context: Context


def answers(question: Question, entries: Iterable[LogEntry], units: Mapping[str, str]) -> Iterator[Found]:
    """The entries that answer, in order.

    Args:
        question: what is asked.
        entries: the whole log from its first entry on, so that every application is known.
        units: the using unit of each line system of this node.
    """
    threads, person = Threads(units), question.person
    for one in entries:
        entry: dict[str, Any] = json.loads(one.entry)
        context = threads.follow(entry, about=person is not None and person.in_entry(entry))
        if question.matches(entry, context):
            yield Found(index=one.index, entry=entry, context=context)


def counted(found: Iterable[Found], by: str) -> list[tuple[str, int]]:
    """How many answers there are for each value of `by` (a key of `COUNTED`), the most first."""
    tally = Counter(value for one in found for value in COUNTED[by](one))
    return sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))
