"""The clock and the ids of a node that runs, and of commands. Everything else is given them; tests give their own."""

from datetime import UTC, datetime
from uuid import uuid4


def utc_now() -> datetime:
    """The time of this moment."""
    return datetime.now(UTC)


def new_id() -> str:
    """A fresh identifier of 32 hex digits."""
    return uuid4().hex
