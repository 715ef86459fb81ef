"""How long until something holds again: seconds for a refusal's `retry_after_s`. Pure."""

import math
from datetime import datetime

from federation.model.refusal import MAX_RETRY_S


def seconds_between(now: datetime, then: datetime) -> int:
    """Whole seconds from now until then, at least 1, at most `MAX_RETRY_S`."""
    return max(1, min(math.ceil((then - now).total_seconds()), MAX_RETRY_S))


def seconds_until(moment: str, now: datetime) -> int:
    """The same for a time as lists write it; 0 where the text is no time."""
    try:
        return seconds_between(now, datetime.fromisoformat(moment))
    except (ValueError, TypeError):
        return 0
