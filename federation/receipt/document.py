"""How a receipt is written: canonical JSON (RFC 8785) of proofs, each with its entry as the exact text that stands in the log.

    {"v":1, "type":"certmesh.search.receipt", "consumer":"320000", "exchange":…,
     "requests":[PROOF…],       our entries of the questions that were sent
     "answered":PROOF,          our entry of what came of each province
     "answers":{"330000":PROOF},                                  the entry of a province's answer to one of the questions
     "rejections":{"340000":{"request":PROOF,"answer":PROOF}},    it was not asked: it had turned the application down
     "stops":{"310000":[…]},                                      it was not asked: its stop orders, as signed documents
     "lists":{"310000":[…],"320000":[…]}}                         the signed heads of the lists by which others were not asked, by publisher
    PROOF as in `proofs`

What it proves is `check`'s matter.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from federation.receipt.proofs import few, read_proof, text, write_proof
from trust import canonical
from trust.envelope import LogProof

TYPE = "certmesh.search.receipt"
MAX_RECEIPT_BYTES = 4 << 20  # sixty members with an entry of 64 KiB each
MAX_PROVINCES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """An application that the province turned down: that it was asked, and what it said."""

    request: LogProof
    answer: LogProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt as read; nothing of it is believed yet."""

    consumer: str
    exchange_id: str
    requests: tuple[LogProof, ...]
    answered: LogProof
    answers: Mapping[str, LogProof] = field(default_factory=dict)
    rejections: Mapping[str, Rejection] = field(default_factory=dict)
    stops: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    lists: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "v": 1,
            "type": TYPE,
            "consumer": self.consumer,
            "exchange": self.exchange_id,
            "requests": [write_proof(one) for one in self.requests],
            "answered": write_proof(self.answered),
            "answers": {code: write_proof(one) for code, one in self.answers.items()},
            "rejections": {
                code: {"request": write_proof(one.request), "answer": write_proof(one.answer)}
                for code, one in self.rejections.items()
            },
            "stops": _texts(self.stops),
            "lists": _texts(self.lists),
        }

    def to_json(self) -> bytes:
        """As a file."""
        return canonical.dumps(self.to_dict())


def from_json(data: bytes) -> Receipt:
    """Read a receipt strictly.

    Raises:
        ValueError: too large, or not in this form.
    """
    if len(data) > MAX_RECEIPT_BYTES:
        raise ValueError(f"a receipt has at most {MAX_RECEIPT_BYTES} bytes")
    try:
        return _receipt(json.loads(data))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a receipt: {type(error).__name__} at {error}") from error


def _receipt(raw: Any) -> Receipt:
    if raw["v"] != 1 or raw["type"] != TYPE:
        raise ValueError(f"not a {TYPE} of version 1")
    rejections = few(raw["rejections"], MAX_PROVINCES).items()
    return Receipt(
        consumer=text(raw["consumer"]),
        exchange_id=text(raw["exchange"]),
        requests=tuple(read_proof(one) for one in few(raw["requests"], MAX_PROVINCES)),
        answered=read_proof(raw["answered"]),
        answers={code: read_proof(one) for code, one in few(raw["answers"], MAX_PROVINCES).items()},
        rejections={
            code: Rejection(request=read_proof(one["request"]), answer=read_proof(one["answer"]))
            for code, one in rejections
        },
        stops=_documents(raw["stops"]),
        lists=_documents(raw["lists"]),
    )


def _texts(documents: Mapping[str, tuple[bytes, ...]]) -> dict[str, list[str]]:
    return {code: [one.decode() for one in many] for code, many in documents.items()}


def _documents(raw: Any) -> dict[str, tuple[bytes, ...]]:
    return {
        code: tuple(text(one).encode() for one in few(many, MAX_PROVINCES))
        for code, many in few(raw, MAX_PROVINCES).items()
    }
