"""Which rule a membership document breaks, as words for programs; the sentence for people is in the error."""

from enum import StrEnum


class Flaw(StrEnum):
    """Why a document, or an exhibit about one, is refused."""

    MALFORMED = "MALFORMED"
    """Not in form, too large, or of another type."""
    UNFIT = "UNFIT"
    """In form, but its certificates, pins, codes, times or history do not fit together."""
    UNTRUSTED = "UNTRUSTED"
    """A first document to believe that nobody compared, or another one than was compared."""
    UNDER_SIGNED = "UNDER_SIGNED"
    """Fewer provinces have validly signed than must."""
    VERSION_SKIPPED = "VERSION_SKIPPED"
    """Versions between it and the one held are missing."""
    ROLLED_BACK = "ROLLED_BACK"
    """An earlier version than the one held."""
    ALREADY_HELD = "ALREADY_HELD"
    """The very document that is held; no offence."""
    FORKED = "FORKED"
    """Another document of the version held, or one that follows such a document."""
    TIME_REVERSED = "TIME_REVERSED"
    """Issued before the version it follows."""
    EXPIRED = "EXPIRED"
    """Its time is over."""
    HISTORY_CHANGED = "HISTORY_CHANGED"
    """A member or a line of key history has vanished or changed."""
    KEY_REUSED = "KEY_REUSED"
    """A key that was given up is back."""
    NOT_A_MEMBER = "NOT_A_MEMBER"
    """No active member has this code."""
