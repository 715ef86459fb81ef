"""One thing that is wrong with an entry, in English for operators and in Chinese for clerks. Not where it stands (`sheet`)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the member `field` ("" for the entry as a whole), and what to do. Both texts say the same.

    Values are quoted only where they are codes of a table or of an authority, never free text, contacts or accounts.
    """

    field: str
    message: str
    zh: str


def quoted(value: str, longest: int = 40) -> str:
    """A value as it may stand in a message: printable, on one line, of bounded length."""
    plain = "".join(char if char.isprintable() else "�" for char in value[: longest + 1])
    return plain if len(plain) <= longest else f"{plain[:longest]}…"
