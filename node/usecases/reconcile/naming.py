"""How an entry is named in findings: its exchange and its type. A peer's entry may hold anything there: text, a name, half a log.

Pure. What is not in form is not taken over, so that neither a name gets into this node's log nor an entry too long to be appended.
"""

import re
from collections.abc import Mapping
from typing import Any

from federation.model.evidence import EventType

_EXCHANGE = re.compile(
    r"[A-Za-z0-9._:-]{1,64}", re.ASCII
)  # as the line system may choose them (node.rest.fields.RequestId)
_TYPES = frozenset(one.value for one in EventType)


def named(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Exchange and type of an entry; None where either is not in form."""
    exchange, event = entry.get("exchange"), entry.get("type")
    if not isinstance(exchange, str) or not isinstance(event, str):
        return None
    return (exchange, event) if _EXCHANGE.fullmatch(exchange) and event in _TYPES else None


def name_of(entry: Mapping[str, Any]) -> tuple[str, str]:
    """The same of an entry of this node's own log; empty where somebody wrote over it."""
    return named(entry) or ("", "")
