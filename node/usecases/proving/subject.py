"""Which use a proof is about: whose, under which application, and in which exchange the provider passed that. By this node's own log.

A node proves a use that it was a side of. A line system gets only those that it applied for itself.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from federation.model.bound import VERDICT
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.contents import StoredContent
from node.ports.evidence import LogEntry
from node.ports.services import Caller
from node.ports.store import Nouns
from node.usecases.contents import MOST

MOST_ENTRIES = 256  # of one exchange that are looked at: a retry adds two; a proof holds fewer (`fewest`)
_USE_STEPS = frozenset({"asked", "answered", "received", "refused", "own"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One use. `admission` is the exchange in which the application was passed; "" where none is known, as after a refusal."""

    exchange: str
    apply_id: str
    consumer: str
    provider: str
    admission: str = ""

    def peer_of(self, province: str) -> str:
        """The other side; "" where a province used its own certificate."""
        other = self.provider if province == self.consumer else self.consumer
        return "" if other == province else other


def entries_of(nouns: Nouns, exchange: str, *, of_peer: bool) -> list[tuple[LogEntry, dict[str, Any]]]:
    """The entries of an exchange with their members."""
    found = nouns.evidence.of_exchange(exchange, of_peer=of_peer, limit=MOST_ENTRIES)
    return [(one, json.loads(one.entry)) for one in found]


def subject_of(nouns: Nouns, province: str, exchange: str, caller: Caller | None) -> Subject:
    """The use that an exchange was; with `caller`, only one of its own applications.

    Raises:
        RefusedError: NO_RECORD: no use of this node, or not of this caller.
    """
    subject = _consumers(nouns, province, exchange) or (None if caller else _providers(nouns, province, exchange))
    if subject is None or not _of(nouns, subject, caller):
        raise RefusedError(Reason.NO_RECORD, "exchangeId: no certificate was retrieved in this exchange, or not by you")
    return Subject(
        exchange=subject.exchange,
        apply_id=subject.apply_id,
        consumer=subject.consumer,
        provider=subject.provider,
        admission=_admission(nouns, province, subject),
    )


def is_of_use(members: dict[str, Any]) -> bool:
    """Whether an entry of the exchange of a use is of that use."""
    return members.get("type") == "RETRIEVE" and members.get("step") in _USE_STEPS


def is_of_admission(members: dict[str, Any], subject: Subject) -> bool:
    """Whether an entry of the exchange of an application shows that it was asked, or what was said to it."""
    if members.get("apply") != subject.apply_id:
        return False
    match members.get("type"), members.get("step"):
        case ("APPLY", "answered") | ("VERIFY", "own"):
            return True
        case ("APPLY" | "SEARCH", "asked") | ("VERIFY", "decided") | ("VERIFY" | "SEARCH", "answered"):
            return "binds" in members
        case _:
            return False


def _consumers(nouns: Nouns, province: str, exchange: str) -> Subject | None:
    for _, members in entries_of(nouns, exchange, of_peer=False):
        if members["type"] == "RETRIEVE" and members["step"] in {"asked", "own"}:
            provider = str(members.get("peer", province))
            return Subject(exchange=exchange, apply_id=members["apply"], consumer=province, provider=provider)
    return None


def _providers(nouns: Nouns, province: str, exchange: str) -> Subject | None:
    for _, members in entries_of(nouns, exchange, of_peer=True):
        if members["type"] == "RETRIEVE" and members["step"] == "answered":
            consumer = str(members["peer"])
            return Subject(exchange=exchange, apply_id=members["apply"], consumer=consumer, provider=province)
    return None


def _of(nouns: Nouns, subject: Subject, caller: Caller | None) -> bool:
    if caller is None:
        return True
    own = nouns.applications.own(subject.apply_id)
    return own is not None and own.app_id == caller.app_id


def _admission(nouns: Nouns, province: str, subject: Subject) -> str:
    """The newest exchange in which the provider passed the application before the use, by an entry that binds the verdict.

    A standing application is passed anew for every period.
    """
    of_peer = province != subject.consumer
    uses = entries_of(nouns, subject.exchange, of_peer=of_peer)
    begun = min(entry.index for entry, members in uses if is_of_use(members))
    contents: Sequence[StoredContent] = nouns.contents.of(subject.apply_id, MOST, label=VERDICT)
    for one in contents:
        if one.commitment in set(_passed(nouns, province, one.exchange_id, subject, begun)):
            return one.exchange_id
    return ""


def _passed(nouns: Nouns, province: str, exchange: str, subject: Subject, before: int) -> Iterator[object]:
    """The commitments to verdicts of the provider that let the application pass, by this node's entries of an exchange up to an index."""
    of_peer = province != subject.consumer
    earlier = (members for entry, members in entries_of(nouns, exchange, of_peer=of_peer) if entry.index < before)
    for members in earlier:
        for said in (members, *members.get("outcomes", ())):
            by = said.get("province", members["node"])
            passed = said.get("result") == "PASS" or said.get("outcome") == "OK"
            if by == subject.provider and passed and (not of_peer or members.get("peer") == subject.consumer):
                yield said.get("binds", {}).get(VERDICT)
