"""Why a draft or a step in the life of a list entry is refused: every fault with its row and field, so that a sheet is mended at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from federation.model.refusal import Reason
from node.errors import RefusedError

_NAMED = 3  # faults that the sentence itself names; all of them are in `faults`


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
    """A draft or step that breaks rules; nothing of it was done."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """`faults` is not empty."""
        more = len(faults) - _NAMED
        named = "; ".join(str(one) for one in faults[:_NAMED])
        super().__init__(Reason.LIST_REFUSED, f"{named}; and {more} more" if more > 0 else named)
        self.faults = tuple(faults)


def faults_of(problems: Iterable[Problem], *, entry_id: str = "", row: int = 0) -> list[Fault]:
    """What the rules found, with its place."""
    return [Fault(message=one.message, zh=one.zh, field=one.field, id=entry_id, row=row) for one in problems]


def refused(message: str, zh: str, *, entry_id: str = "", field: str = "") -> ListRefusedError:
    """A refusal for one reason."""
    return ListRefusedError([Fault(message=message, zh=zh, id=entry_id, field=field)])
