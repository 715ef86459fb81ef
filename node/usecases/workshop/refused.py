"""Why a draft or a step in the life of a list entry is refused: every fault with its row and field, so that a sheet is mended at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.lists.sheet import MAX_TOLD

_LONGEST_ID = 200  # characters
_NAMED = 3  # faults that the sentence itself names


class Problem(Protocol):
    """What a rule of `node.lists` finds wrong in one field."""

    @property
    def field(self) -> str:
        """The member of the entry; "" for the entry as a whole."""

    @property
    def message(self) -> str:
        """What is wrong and what would be right."""

    @property
    def zh(self) -> str:
        """The same for a clerk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: in a row of a sheet (0: none), of an entry ("": not known), in a field."""

    message: str
    zh: str
    field: str = ""
    id: str = ""
    row: int = 0

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {"row": self.row, "id": self.id, "field": self.field, "message": self.message, "zh": self.zh}

    def __str__(self) -> str:
        where = [f"row {self.row}" if self.row else "", self.id, self.field]
        return ": ".join([*(one for one in where if one), self.message])


class ListRefusedError(RefusedError):
    """A draft or step that breaks rules; nothing of it was done. `faults` are the first `MAX_TOLD`, `more` the number of the rest."""

    def __init__(self, faults: Sequence[Fault], more: int = 0) -> None:
        """`faults` is not empty; `more` of them are known by number only."""
        total = len(faults) + more
        named = "; ".join(str(one) for one in faults[:_NAMED])
        rest = total - len(faults[:_NAMED])
        super().__init__(Reason.LIST_REFUSED, f"{named}; and {rest} more" if rest > 0 else named)
        self.faults = tuple(faults[:MAX_TOLD])
        self.more = total - len(self.faults)


class Faults:
    """Collects what is wrong with many entries, as many as are told, and counts the rest."""

    def __init__(self, more: int = 0) -> None:
        """`more` are known by number only."""
        self._found: list[Fault] = []
        self._more = more

    def add(self, faults: Sequence[Fault], more: int = 0) -> None:
        """Keep these as far as there is room."""
        room = MAX_TOLD - len(self._found)
        self._found += faults[:room]
        self._more += max(len(faults) - room, 0) + more

    def refuse(self) -> None:
        """Go on only where nothing was found.

        Raises:
            ListRefusedError: something was.
        """
        if self._found or self._more:
            raise ListRefusedError(self._found, self._more)


def faults_of(problems: Iterable[Problem], *, entry_id: str = "", row: int = 0) -> list[Fault]:
    """What the rules found, with its place; an id that is none may be without end, and is told once for each fault."""
    named = entry_id[:_LONGEST_ID]
    return [Fault(message=one.message, zh=one.zh, field=one.field, id=named, row=row) for one in problems]


def refused(message: str, zh: str, *, entry_id: str = "", field: str = "") -> ListRefusedError:
    """A refusal for one reason."""
    return ListRefusedError([Fault(message=message, zh=zh, id=entry_id, field=field)])
