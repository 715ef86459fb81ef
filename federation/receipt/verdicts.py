"""A province's entry of its verdict on an application: what it has to say for a verdict to be believed, kept and shown. Clause 7.3, 8.2."""

from collections.abc import Mapping
from typing import Any

from federation.model.refusal import PASSING
from federation.receipt.words import sent_in, word_of
from trust.errors import EvidenceError


def check_verdict(
    entry: Mapping[str, Any], claim: Mapping[str, str], *, consumer: str, apply_id: str, request: str
) -> None:
    """An entry is of this verdict (`result`, and `refusal`: its first reason) on this application, given to the request of this digest.

    The consumer holds every verdict against it before it believes one, as it does with answers.

    Raises:
        EvidenceError: it is not.
    """
    sent_in(entry, "SubmitAnswer" if entry.get("type") == "VERIFY" else "SearchAnswer", consumer)
    if entry.get("request") != request:
        raise EvidenceError("the province decided on another question than the one that is shown")
    if entry.get("apply") != apply_id:
        raise EvidenceError("the verdict is on another application")
    if entry.get("result") != claim["result"]:
        raise EvidenceError(f"the province's verdict is not {claim['result']}")
    if claim["result"] != "PASS" and (_reasons(entry) or [""])[0] not in {"", claim["refusal"]}:
        raise EvidenceError("the province did not turn it down for this reason")


def passes(entry: Mapping[str, Any]) -> bool:
    """Whether what a province turned down passes by itself: by one of its reasons, or because it said when to ask again."""
    said = _said(entry)
    return bool(PASSING & set(_reasons(entry))) or any(isinstance(one, dict) and one.get("passing") for one in said)


def _reasons(entry: Mapping[str, Any]) -> list[str]:
    return [word_of({"refusal": one}, "refusal") for one in _said(entry)]


def _said(entry: Mapping[str, Any]) -> list[object]:
    """The reasons as they are written; an answer to a search that was turned down has one."""
    reasons = entry.get("reasons") or [entry.get("refusal")]
    return reasons if isinstance(reasons, list) else []
