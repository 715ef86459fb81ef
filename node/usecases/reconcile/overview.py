"""What reconciliation came to, as operators and auditors see it: the newest rounds, and what is missing. Ids, types and digests only."""

from datetime import datetime
from typing import Any

from federation.model.reconcile import Element
from node.ports.reconciliations import MissingRecord, Reconciliations, Result, Round
from node.ports.store import Nouns

PAGE = 100

_WORDS_ZH = {
    "MISSING": "缺失：对方可证明，该省存证中无此记录",
    "GONE": "消失：上次对账时双方均有，现该省存证中已无",
    "ALTERED": "改动：与该省此前证明的记录不符",
    "UNPROVEN": "无法证明：该省称有此记录，但不能出示其存证",
    "DISPUTED": "各执一词：一方称双方均应有此记录，另一方否认，且无对方存证为凭",
    "UNCONFIRMED": "未确认：该省有请求记录，称未收到答复",
}


def overview(nouns: Nouns, me: str) -> dict[str, Any]:
    """The own log as last verified (None: never yet), and the newest round with each peer."""
    rounds = {one.peer: one for one in nouns.reconciliations.rounds()}
    own = rounds.pop(me, None)
    return {
        "own_log": None if own is None else own_told(own),
        "peers": [round_told(one) for one in rounds.values()],
        "missing": sum(nouns.reconciliations.counts().values()),
    }


def own_told(one: Round) -> dict[str, Any]:
    """How the verification of this node's own log ended. `problem` is "" where all fits."""
    return {
        "at": one.held_at.isoformat(timespec="seconds"),
        "good": one.result is Result.AGREED,
        "size": one.count,
        "problem": one.reason,
    }


def round_told(one: Round) -> dict[str, Any]:
    """A round as JSON values."""
    return {
        "province": one.peer,
        "at": one.held_at.isoformat(timespec="seconds"),
        "result": one.result.value,
        "reason": one.reason,
        "until_ms": one.until_ms,
        "count": one.count,
        "fingerprint": one.fingerprint,
        "findings": dict(one.findings),
        "agreed_until_ms": one.agreed_until_ms,
    }


def missing_told(one: MissingRecord) -> dict[str, Any]:
    """What is missing, as JSON values; `place` is what `missing_page` goes on behind."""
    return {
        "province": one.peer,
        "finding": one.finding.value,
        "zh": _WORDS_ZH[one.finding.value],
        "lacks": one.lacks,
        "exchange": one.exchange,
        "event": one.event,
        "issued_ms": one.element.issued_ms,
        "answer": one.element.answer.hex(),
        "found_at": one.found_at.isoformat(timespec="seconds"),
        "seen_at": one.seen_at.isoformat(timespec="seconds"),
        "proof": one.proof.decode() or None,
    }


def missing_page(
    reconciliations: Reconciliations, after: tuple[str, Element] | None = None, limit: int = PAGE
) -> list[dict[str, Any]]:
    """A page of what is missing."""
    return [missing_told(one) for one in reconciliations.missing(after, limit)]


def levels(nouns: Nouns, me: str, now: datetime) -> dict[str, Any]:
    """The gauges: see `node.metrics.Levels`."""
    rounds = nouns.reconciliations.rounds()
    counts = nouns.reconciliations.counts()
    return {
        "missing_records": {(peer, finding.value, lacks): n for (peer, finding, lacks), n in counts.items()},
        "reconcile_agreed": {one.peer: one.result is Result.AGREED for one in rounds if one.peer != me},
        "reconcile_ages_s": {one.peer: (now - one.held_at).total_seconds() for one in rounds if one.peer != me},
        "own_log_good": {one.peer: one.result is Result.AGREED for one in rounds if one.peer == me},
    }
