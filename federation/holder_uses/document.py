"""How the receipt of an asking is written: canonical JSON (RFC 8785) of proofs, each with its entry as the exact text of the log.

    {"v":1, "type":"certmesh.holder.uses", "asker":"320000", "exchange":…,
     "requests":[PROOF…],       the asker's entries of its questions
     "answered":PROOF,          the asker's entry of what came of each province
     "listings":{"330000":[LISTING…]}}      a province's list; a second one where it was confronted with what others showed
    LISTING = {"answer":PROOF, "since":ms, "until":ms, "exchanges":[…], "checkpoint":…, "salt":hex, "truncated":…, "uses":[USE…]}
    USE = {"role":…, "exchange":…, "peer":…, "entry":…, "index":…, "path":[hex…],
           "told":[{"entry":…, "index":…, "path":[hex…]}…], "counterpart":PROOF?}
    PROOF = {"entry":…, "index":…, "path":[hex…], "checkpoint":…}

It holds evidence entries and no names. But who holds it knows which entries are about one holder: it is given to the holder, and kept
nowhere.
What it proves is `report`'s matter.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from federation.holder_uses.listing import Claim
from federation.model.evidence import ProvenEntry
from federation.model.holder_uses import MAX_EXCHANGES, MAX_USES, Asked, ListedUse, Role, UsesAnswer
from federation.model.search import Outcome
from federation.receipt.words import time_of
from trust import canonical
from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH, LogProof
from trust.errors import EvidenceError

TYPE = "certmesh.holder.uses"
MAX_BYTES = 32 << 20  # sixty members that list all they may, with entries of usual length
_MAX_PROVINCES, _MAX_FEW = 64, 8
_MARGIN_MS = 900_000  # a quarter of an hour: clocks differ by five minutes at most, and a file can take longer
_MAX_MS = 4_102_444_800_000  # the year 2100
_NEVER = datetime.fromtimestamp(0, UTC)  # when a use was stands in its entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One province's list, what it answers, and the province's own entry of that answer."""

    answer: LogProof
    said: UsesAnswer
    asked: Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class UsesReceipt:
    """A receipt as read; nothing of it is believed yet."""

    asker: str
    exchange_id: str
    requests: tuple[LogProof, ...]
    answered: LogProof
    listings: Mapping[str, tuple[Listing, ...]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "v": 1,
            "type": TYPE,
            "asker": self.asker,
            "exchange": self.exchange_id,
            "requests": [_proof(one) for one in self.requests],
            "answered": _proof(self.answered),
            "listings": {code: [listing_dict(one) for one in many] for code, many in self.listings.items()},
        }

    def to_json(self) -> bytes:
        """As a file."""
        return canonical.dumps(self.to_dict())


def covers(listings: Mapping[str, tuple[Listing, ...]]) -> Callable[[str, Claim], bool]:
    """Whether a province was asked about a use: by name, or for a time that it lies well within, of which it listed all.

    A margin either way, since the time is that of another's clock. Who asks for little cannot show that much was left out.
    """

    def covered(province: str, claim: Claim) -> bool:
        at = _ms_of(claim)
        return any(
            claim.exchange_id in one.asked.exchanges
            or (
                not one.asked.exchanges
                and not one.said.truncated
                and at is not None
                and one.asked.since_ms + _MARGIN_MS <= at <= one.asked.until_ms - _MARGIN_MS
            )
            for one in listings.get(province, ())
        )

    return covered


def _ms_of(claim: Claim) -> int | None:
    try:
        return round(time_of(claim.entry).timestamp() * 1000)
    except EvidenceError:
        return None


def from_json(data: bytes) -> UsesReceipt:
    """Read a receipt strictly.

    Raises:
        ValueError: too large, or not in this form.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"a receipt has at most {MAX_BYTES} bytes")
    try:
        return _receipt(json.loads(data))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a receipt: {type(error).__name__} at {error}") from error


def _receipt(raw: Any) -> UsesReceipt:
    if raw["v"] != 1 or raw["type"] != TYPE:
        raise ValueError(f"not a {TYPE} of version 1")
    listings = raw["listings"]
    if not isinstance(listings, dict) or len(listings) > _MAX_PROVINCES:
        raise ValueError(f"lists of more than {_MAX_PROVINCES} provinces")
    return UsesReceipt(
        asker=_text(raw["asker"]),
        exchange_id=_text(raw["exchange"]),
        requests=tuple(_read(one) for one in _few(raw["requests"], _MAX_PROVINCES)),
        answered=_read(raw["answered"]),
        listings={code: tuple(listing_from(one) for one in _few(many, _MAX_FEW)) for code, many in listings.items()},
    )


def listing_dict(one: Listing) -> dict[str, Any]:
    """A list as JSON values."""
    said = one.said
    return {
        "answer": _proof(one.answer),
        "since": one.asked.since_ms,
        "until": one.asked.until_ms,
        "exchanges": list(one.asked.exchanges),
        "checkpoint": said.checkpoint.decode(),
        "salt": said.salt.hex(),
        "truncated": said.truncated,
        "uses": [use_dict(use) for use in said.uses],
    }


def use_dict(use: ListedUse) -> dict[str, Any]:
    """A use as JSON values; what it is in words is left out."""
    told: dict[str, Any] = {
        "role": use.role.value,
        "exchange": use.exchange_id,
        "peer": use.peer,
        **_entry_dict(use.entry),
        "told": [_entry_dict(one) for one in use.told],
    }
    return told if use.counterpart is None else told | {"counterpart": _proof(use.counterpart)}


def listing_from(raw: Any) -> Listing:
    """A list out of JSON values.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    uses = tuple(use_from(one) for one in _few(raw["uses"], MAX_USES))
    if type(raw["truncated"]) is not bool:
        raise TypeError("a truth value was expected")
    said = UsesAnswer(
        outcome=Outcome.OK if uses else Outcome.EMPTY,
        uses=uses,
        truncated=raw["truncated"],
        checkpoint=_text(raw["checkpoint"]).encode(),
        salt=bytes.fromhex(_text(raw["salt"])),
    )
    asked = Asked(
        since_ms=_number(raw["since"]),
        until_ms=_number(raw["until"]),
        exchanges=tuple(_text(one) for one in _few(raw["exchanges"], MAX_EXCHANGES)),
    )
    return Listing(answer=_read(raw["answer"]), said=said, asked=asked)


def use_from(raw: Any) -> ListedUse:
    """A use out of JSON values.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    return ListedUse(
        role=Role(raw["role"]),
        exchange_id=_text(raw["exchange"]),
        peer=_text(raw["peer"]),
        at=_NEVER,
        entry=_entry(raw),
        told=tuple(_entry(one) for one in _few(raw["told"], _MAX_FEW)),
        counterpart=_read(raw["counterpart"]) if "counterpart" in raw else None,
    )


def _entry_dict(one: ProvenEntry) -> dict[str, Any]:
    return {"entry": one.entry.decode(), "index": one.index, "path": [step.hex() for step in one.proof]}


def _proof(one: LogProof) -> dict[str, Any]:
    shown = _entry_dict(ProvenEntry(index=one.index, entry=one.entry, proof=one.path))
    return shown | {"checkpoint": one.checkpoint.decode()}


def _entry(raw: Any) -> ProvenEntry:
    entry, index = _text(raw["entry"]).encode(), raw["index"]
    if len(entry) > MAX_ENTRY_BYTES or type(index) is not int:
        raise ValueError("an entry longer than a proof may have, or an index that is no whole number")
    return ProvenEntry(
        index=index, entry=entry, proof=tuple(bytes.fromhex(_text(step)) for step in _few(raw["path"], MAX_PATH))
    )


def _read(raw: Any) -> LogProof:
    one = _entry(raw)
    return LogProof(entry=one.entry, index=one.index, path=one.proof, checkpoint=_text(raw["checkpoint"]).encode())


def _few(values: Any, most: int) -> list[Any]:
    if not isinstance(values, list) or len(values) > most:
        raise ValueError(f"not a list of at most {most}")
    return values


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_MS:
        raise ValueError("not a time in milliseconds")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value
