"""The receipt of one exchange: the entries of both sides, each in its log; its form, and what it proves to who was not there. Clause 8.5.

    {"v":1, "type":"certmesh.exchange.receipt", "by":"320000", "exchange":…, "proofs":[{"province":…, "proof":PROOF}…]}

PROOF as in `proofs`; its checkpoint bears the witnesses' lines where there are any. Every message of the exchange is named by the digest of
what travelled. A message is *shown by both* where its sender's entry says that it sent it and its receiver's entry names it. One that only
one side shows is no lie: an answer may have been lost on the way, and the file may not hold every entry. A lie is what contradicts: also
two entries at one place of a log, two roots of one size, and an entry dated after others saw it. Heads of different sizes are not joined.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from federation.receipt.grounds import Keys
from federation.receipt.proofs import few, read_proof, text, write_proof
from federation.receipt.words import time_of
from trust import canonical
from trust.checkpoint import parse_note
from trust.cosignature import witnesses
from trust.envelope import MAX_SKEW, LogProof
from trust.errors import EvidenceError
from trust.gm import PublicKey
from trust.proven_entry import proven

TYPE = "certmesh.exchange.receipt"
MAX_BYTES = 8 << 20
MAX_PROOFS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeReceipt:
    """A receipt as read: nothing of it is believed yet. `proofs` are pairs of province and proof; `by` made the file."""

    by: str
    exchange_id: str
    proofs: tuple[tuple[str, LogProof], ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        proofs = [{"province": code, "proof": write_proof(one)} for code, one in self.proofs]
        return {"v": 1, "type": TYPE, "by": self.by, "exchange": self.exchange_id, "proofs": proofs}

    def to_json(self) -> bytes:
        """As a file."""
        return canonical.dumps(self.to_dict())


def exchange_receipt(data: bytes) -> ExchangeReceipt:
    """Read a receipt strictly.

    Raises:
        ValueError: too large, or not in this form.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"a receipt has at most {MAX_BYTES} bytes")
    try:
        raw = json.loads(data)
        if raw["v"] != 1 or raw["type"] != TYPE:
            raise ValueError(f"not a {TYPE} of version 1")
        proofs = tuple((text(one["province"]), read_proof(one["proof"])) for one in few(raw["proofs"], MAX_PROOFS))
        return ExchangeReceipt(by=text(raw["by"]), exchange_id=text(raw["exchange"]), proofs=proofs)
    except json.JSONDecodeError as error:
        raise ValueError("not a receipt: no JSON") from error
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a receipt: {type(error).__name__} at {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """An entry that stands in its log. `witnessed`: who else saw the head over it and when (ISO, UTC), by province."""

    province: str
    index: int
    size: int
    type: str
    step: str
    time: str
    witnessed: tuple[tuple[str, str], ...]


@dataclass(slots=True, kw_only=True)
class Message:
    """One message by its digest (hex): who says that it sent it, to whom, and who says that it had it from there; "" where nobody does."""

    digest: str
    kind: str = ""
    sender: str = ""
    receivers: set[str] = field(default_factory=set)

    @property
    def by_both(self) -> bool:
        """Whether sender and at least one receiver show it."""
        return bool(self.sender and self.receivers - {self.sender})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeReport:
    """What a receipt proves."""

    exchange_id: str
    entries: tuple[ShownEntry, ...]
    messages: tuple[Message, ...]
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether all holds, and some message is shown by both sides."""
        return not self.problems and any(one.by_both for one in self.messages)


def check_exchange(receipt: ExchangeReceipt, keys: Keys, provinces: frozenset[str]) -> ExchangeReport:
    """Check a receipt; `provinces` are those whose cosignatures count."""
    entries, problems, messages, places = [], [], dict[str, Message](), _Places()
    known = {code: keys(code) for code in provinces}
    for number, (code, proof) in enumerate(receipt.proofs):
        try:
            members = proven(proof, province=code, keys=keys(code))
            entries.append(_entry(code, proof, members, known))
            places.note(code, proof)
        except EvidenceError as error:
            problems.append(f"proof {number}, of {code}: {error}")
            continue
        if members.get("exchange") != receipt.exchange_id:
            problems.append(f"proof {number}, of {code}: the entry is of another exchange")
            continue
        problems += _told(code, members, lambda digest: messages.setdefault(digest, Message(digest=digest)))
    order = sorted(entries, key=lambda one: (one.time, one.province, one.index))
    told = tuple(sorted(messages.values(), key=lambda one: one.digest))
    return ExchangeReport(
        exchange_id=receipt.exchange_id, entries=tuple(order), messages=told, problems=tuple(problems)
    )


@dataclass(slots=True)
class _Places:
    """What stood where in which log, by the proofs so far: one log has one entry at a place, and one root of a size."""

    entries: dict[tuple[str, int], bytes] = field(default_factory=dict)
    roots: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def note(self, code: str, proof: LogProof) -> None:
        """Take in a proof that holds.

        Raises:
            EvidenceError: the province keeps two logs.
        """
        head = parse_note(proof.checkpoint).checkpoint
        if self.entries.setdefault((code, proof.index), proof.entry) != proof.entry:
            raise EvidenceError(f"two entries at place {proof.index}: {code} keeps two logs")
        if self.roots.setdefault((code, head.size), head.root) != head.root:
            raise EvidenceError(f"two roots of size {head.size}: {code} keeps two logs")


def _entry(
    code: str, proof: LogProof, members: Mapping[str, Any], known: dict[str, tuple[PublicKey, ...]]
) -> ShownEntry:
    seen = witnesses(proof.checkpoint, known)
    earliest = min((datetime.fromtimestamp(by.seconds, UTC) for by in seen.values()), default=None)
    if earliest is not None and time_of(members) > earliest + MAX_SKEW:
        raise EvidenceError("the entry is dated after others saw the head over it")
    times = ((one, datetime.fromtimestamp(by.seconds, UTC).isoformat()) for one, by in sorted(seen.items()))
    return ShownEntry(
        province=code,
        index=proof.index,
        size=parse_note(proof.checkpoint).checkpoint.size,
        type=str(members.get("type", "")),
        step=str(members.get("step", "")),
        time=str(members.get("time", "")),
        witnessed=tuple(times),
    )


def _told(code: str, members: Mapping[str, Any], message: Callable[[str], Message]) -> Iterator[str]:
    """Note what an entry says of messages; yields what contradicts another entry."""
    sent = members.get("sent")
    own = {}
    for kind, member in (sent if isinstance(sent, dict) else {}).items():
        digest = members.get(member) if isinstance(member, str) else None
        if isinstance(digest, str):
            own[digest] = kind
            one = message(digest)
            if one.sender not in ("", code):
                yield f"{one.sender} and {code} both say that they sent the {kind} {digest}"
            one.sender, one.kind = code, str(kind)
    for digest in _named(members):
        if digest not in own:
            message(digest).receivers.add(code)


def _named(members: Mapping[str, Any]) -> Iterator[str]:
    """The digests of messages that an entry names."""
    outcomes = members.get("outcomes")
    told = [one for one in outcomes if isinstance(one, dict)] if isinstance(outcomes, list) else []
    for value in (members.get("request"), members.get("answer"), *(one.get("answer") for one in told)):
        if isinstance(value, str) and value:
            yield value
