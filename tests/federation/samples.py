"""Nodes for the tests of the federation: identities, post rooms with a clock that only tests move, and records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from random import Random

from typing_extensions import override

from federation.directory import Directory
from federation.model.application import Holder
from federation.model.search import Answer, Item, Outcome, Query
from federation.post import Post
from federation.sample_identities import make_identities, make_membership, new_identity
from trust.local import LocalIdentity

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = "310000", "320000", "330000", "340000"
PROVINCES = (SHANGHAI, JIANGSU, ZHEJIANG, ANHUI)
NOON = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)

QUERY = Query(
    apply_id="a1", holder=Holder(code="91310000MA1FL00001", type_code="001"), type_codes=("11100000000013338W001",)
)
ITEM = Item(
    identifier="1.2.156.3005.2.1",
    name="营业执照",
    type_name="营业执照",
    type_code="11100000000013338W001",
    number="No 1",
    area_code="320000",
    issuer_name="市场监督管理局",
    issuer_code="11320000MB1",
    issued="2025-06-01",
    valid_from="2025-06-01",
    valid_until="",
    status="VALID",
)
ANSWER = Answer(outcome=Outcome.OK, items=(ITEM,), catalogue_version=7)


@lru_cache
def stranger(province: str) -> LocalIdentity:
    """Other keys of a province, under the same CA; no membership document names them."""
    return new_identity(province)


@dataclass(slots=True)
class Clock:
    """A clock of both kinds that only a test moves."""

    now: datetime = NOON
    seconds: float = 1000.0

    def utc(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.seconds


@lru_cache
def directory(provinces: tuple[str, ...]) -> Directory:
    """The mesh of these provinces."""
    return Directory(make_membership(make_identities(provinces)))


@dataclass(slots=True)
class Posts:
    """Post rooms of several members, all on one clock."""

    provinces: Sequence[str] = (SHANGHAI, JIANGSU)
    clock: Clock = field(default_factory=Clock)

    def directory(self) -> Directory:
        return directory(tuple(self.provinces))

    def of(self, province: str) -> Post:
        return Post(
            make_identities(PROVINCES)[province],
            self.directory(),
            clock=self.clock.utc,
            monotonic=self.clock.monotonic,
        )


class Lowest(Random):
    """Draws the lower bound."""

    @override
    def uniform(self, a: float, b: float) -> float:
        return a


class Highest(Random):
    """Draws the upper bound."""

    @override
    def uniform(self, a: float, b: float) -> float:
        return b


class NoWait(Random):
    """Draws nothing, and remembers between what it should have drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.bounds: list[tuple[float, float]] = []

    @override
    def uniform(self, a: float, b: float) -> float:
        self.bounds.append((a, b))
        return 0.0
