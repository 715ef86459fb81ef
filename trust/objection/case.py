"""A case: an objection, perhaps its withdrawal, and the owner's moves in their order. Where it stands follows from the documents alone. P5.

Whoever has the same documents sees the same state. An owner that signs two moves under one number says two things at once: the second is
refused (FORKED), whichever came first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from trust.envelope import MAX_SKEW
from trust.errors import ObjectionError
from trust.objection.document import Signed
from trust.objection.records import Move, Raised, Record, State, Withdrawn

FINAL = frozenset({State.CORRECTED, State.REJECTED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known of one objection; `opened` is its document, `moves` are in order."""

    opened: Signed
    withdrawal: Signed | None = None
    moves: tuple[Signed, ...] = ()

    @property
    def raised(self) -> Raised:
        """What was objected."""
        assert isinstance(self.opened.record, Raised), "`begun` sees to that"
        return self.opened.record

    @property
    def last(self) -> Move | None:
        """The owner's last word."""
        return _move(self.moves[-1]) if self.moves else None

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.last.state if self.last else State.OPEN

    @property
    def open(self) -> bool:
        """Whether it waits for the owner."""
        return self.state not in FINAL

    @property
    def documents(self) -> tuple[Signed, ...]:
        """All of them."""
        taken_back = (self.withdrawal,) if self.withdrawal else ()
        return (self.opened, *taken_back, *self.moves)

    @property
    def next_number(self) -> int:
        """The number of the next move."""
        return len(self.moves) + 1

    @property
    def newest(self) -> str:
        """What the next move names as the one before it."""
        return self.moves[-1].digest if self.moves else self.opened.digest

    def holds(self, signed: Signed) -> bool:
        """Whether a document is known: the same payload; a second signature over it says nothing new."""
        return any(one.digest == signed.digest for one in self.documents)

    def follow(self, signed: Signed) -> "Case":
        """The case with one document more; one that is known changes nothing.

        Raises:
            ObjectionError: MISFIT: it is of another case, another's to sign, or dated before what it follows. FORKED: another stands in its
                place. EARLY: what comes before it is missing. FINAL: the case is over.
        """
        if self.holds(signed):
            return self
        match signed.record:
            case Raised():
                raise ObjectionError("FORKED", "another objection stands under this id")
            case Withdrawn() as taken_back:
                return self._taken_back(signed, taken_back)
            case Move() as move:
                return self._moved(signed, move)

    def _taken_back(self, signed: Signed, one: Withdrawn) -> "Case":
        mine = self.raised
        if (one.id, one.province, one.objection) != (mine.id, mine.province, self.opened.digest):
            raise ObjectionError("MISFIT", "the withdrawal is of another objection")
        _check_time(one, after=mine)
        if self.withdrawal is not None:
            raise ObjectionError("FORKED", "it was withdrawn before")
        return replace(self, withdrawal=signed)

    def _moved(self, signed: Signed, one: Move) -> "Case":
        mine = self.raised
        if (one.id, one.owner) != (mine.id, mine.owner):
            raise ObjectionError("MISFIT", "the move is of another objection, or not its owner's")
        if one.number < self.next_number:
            raise ObjectionError("FORKED", f"another move {one.number} is known")
        if one.number > self.next_number:
            raise ObjectionError("EARLY", f"move {self.next_number} is missing")
        if one.previous != self.newest:
            raise ObjectionError("FORKED", "it follows another move than the one that is known")
        if not self.open:
            raise ObjectionError("FINAL", f"the case is {self.state}")
        if one.state is State.CHECKING and self.moves:
            raise ObjectionError("MISFIT", "it is being checked already")
        if one.state is State.WITHDRAWN and (self.withdrawal is None or one.withdrawal != self.withdrawal.digest):
            raise ObjectionError("MISFIT", "there is no such withdrawal")
        before = [self.last or mine, *([self.withdrawal.record] if one.withdrawal and self.withdrawal else [])]
        for earlier in before:
            _check_time(one, after=earlier)
        return replace(self, moves=(*self.moves, signed))


def begun(documents: Iterable[Signed]) -> Case:
    """The case that these documents make; the objection is among them, the rest in any order.

    Raises:
        ObjectionError: as `Case.follow`; MISFIT: the objection is missing.
    """
    every = tuple(documents)
    first = next((one for one in every if isinstance(one.record, Raised)), None)
    if first is None:
        raise ObjectionError("MISFIT", "the objection is missing")
    case = Case(opened=first)
    for one in sorted(every, key=_place):
        case = case.follow(one)
    return case


def _place(signed: Signed) -> tuple[int, int]:
    """A withdrawal before the moves, which may name it; moves by number."""
    match signed.record:
        case Raised():
            return (0, 0)
        case Withdrawn():
            return (1, 0)
        case Move() as move:
            return (2, move.number)


def _check_time(one: Withdrawn | Move, *, after: Record) -> None:
    """What answers a document is not older than that, but for what clocks may differ."""
    if one.made < after.made - MAX_SKEW:
        raise ObjectionError("MISFIT", "it is dated before what it follows")


def _move(signed: Signed) -> Move:
    assert isinstance(signed.record, Move), "only moves are kept as moves"
    return signed.record
