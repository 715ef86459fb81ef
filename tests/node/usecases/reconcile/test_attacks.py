"""An operator with SQL access, and the key if need be: what becomes of each way to lie, in one cycle of verification and reconciliation.

Each attack is upon Zhejiang's database, about one of eight exchanges between Zhejiang and Jiangsu (few enough that each round asks to see
all; of more, a sample). The cycle is: Zhejiang's node verifies
its own log, as `certmesh evidence verify` does; Jiangsu's reconciles with it, and has it link its heads.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from federation.errors import PeerError
from federation.testing import LocalNetwork
from node.ports.reconciliations import Result
from tests.node.usecases.mesh import JIANGSU, ZHEJIANG, Clock
from tests.node.usecases.reconcile import attacked
from tests.node.usecases.reconcile.attacked import GRACE, Attack, Node

EXCHANGE = "e4"


class Two:
    """Zhejiang and Jiangsu after eight exchanges, all settled, heads linked."""

    def __init__(self, folder: Path) -> None:
        self.network, self.clock, self.folder = LocalNetwork(), Clock(), folder
        self.zhejiang, self.jiangsu = self._node(ZHEJIANG), self._node(JIANGSU)

    def _node(self, code: str) -> Node:
        (self.folder / code).mkdir()
        return Node(code=code, file=self.folder / code / "node.db", network=self.network, clock=self.clock)

    async def ready(self) -> "Two":
        await self.zhejiang.open()
        await self.jiangsu.open()
        await self._exchanges(0, 4)
        await self.zhejiang.store.checkpoint()
        await self.jiangsu.keeper.link(ZHEJIANG)
        await self._backed_up()
        await self._exchanges(4, 8)
        self.clock.move(hours=5)
        return self

    async def _exchanges(self, start: int, end: int) -> None:
        for number in range(start, end):
            asker, other = (self.jiangsu, ZHEJIANG) if number % 2 == 0 else (self.zhejiang, JIANGSU)
            await asker.ask(other, f"e{number}")
            self.clock.move(seconds=1)

    async def _backed_up(self) -> None:
        """A copy of Zhejiang's database as it is now."""
        await self.zhejiang.store.close()
        shutil.copy(self.zhejiang.file, self.folder / "backup.db")
        await self.zhejiang.open()

    async def attacked(self, attack: Attack) -> None:
        """Zhejiang's node is down while its database is laid hands on."""
        await self.zhejiang.store.close()
        attack(self.zhejiang.file, ZHEJIANG, EXCHANGE)
        await self.zhejiang.open()

    def rolled_back(self, file: Path, _code: str, _exchange: str) -> None:
        """The attack that brings an older database back."""
        shutil.copy(self.folder / "backup.db", file)

    async def cycle(self) -> str:
        """One cycle; returns what Zhejiang's own verification found."""
        own = await self.zhejiang.own_log.verify()
        await self.jiangsu.reconciler.compare(ZHEJIANG, self.clock() - GRACE)
        await self.jiangsu.keeper.link(ZHEJIANG)
        return own.reason

    async def close(self) -> None:
        await self.zhejiang.store.close()
        await self.jiangsu.store.close()


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    made = await Two(tmp_path).ready()
    yield made
    await made.close()


async def test_nothing_is_found_where_nothing_was_done(two: Two) -> None:
    assert await two.cycle() == ""
    assert (two.jiangsu.forks, two.jiangsu.doubted(), two.zhejiang.doubted()) == ([], set(), set())
    (done,) = (one for one in two.jiangsu.store.read.reconciliations.rounds() if one.peer == ZHEJIANG)
    assert (done.result, done.count) == (Result.AGREED, 8)


RAW = [
    pytest.param(attacked.deletes, "is missing", id="deletes an entry"),
    pytest.param(attacked.alters, "is not the one that was logged", id="alters an entry"),
    pytest.param(attacked.alters_with_its_hash, "do not make the root", id="alters an entry and its hash"),
    pytest.param(attacked.reorders, "is not the one that was logged", id="changes the order of two entries"),
    pytest.param(attacked.writes_over, "is not the one that was logged", id="writes over an entry"),
]


@pytest.mark.parametrize(("attack", "found"), RAW)
async def test_who_lays_hands_on_the_rows_is_found_by_the_own_verification_and_cannot_show_the_record(
    two: Two, attack: Attack, found: str
) -> None:
    await two.attacked(attack)

    assert found in await two.cycle()
    assert EXCHANGE in two.jiangsu.doubted()


SIGNED = [
    pytest.param(attacked.deletes_and_signs_anew, True, id="leaves an exchange out of a log made anew"),
    pytest.param(attacked.truncates, True, id="cuts the log off"),
    pytest.param(attacked.alters_and_signs_anew, False, id="alters an entry in a log made anew"),
    pytest.param(attacked.reorders_and_signs_anew, False, id="changes the order in a log made anew"),
]


@pytest.mark.parametrize(("attack", "missing"), SIGNED)
async def test_who_makes_the_log_anew_with_the_key_is_found_by_the_peer_and_the_exchange_is_named(
    two: Two, attack: Attack, missing: bool
) -> None:
    await two.attacked(attack)

    assert await two.cycle() == ""
    assert EXCHANGE in two.jiangsu.doubted()
    assert set(two.jiangsu.forks) == {ZHEJIANG}
    if missing:
        assert EXCHANGE in two.jiangsu.named()
        assert EXCHANGE in two.zhejiang.named()


async def test_an_older_database_brought_back_lacks_by_name_what_came_after_it(two: Two) -> None:
    await two.attacked(two.rolled_back)

    assert await two.cycle() == ""
    assert two.jiangsu.named() == two.zhejiang.named() == {"e4", "e5", "e6", "e7"}
    assert set(two.jiangsu.forks) == {ZHEJIANG}


async def test_a_log_that_goes_on_from_an_older_database_is_two_logs_and_its_messages_show_it(two: Two) -> None:
    await two.attacked(two.rolled_back)
    with pytest.raises(PeerError, match="LOG_FORKED"):
        await two.jiangsu.ask(ZHEJIANG, "other")

    await two.cycle()
    assert set(two.jiangsu.forks) == {ZHEJIANG}
    assert {"e4", "e5", "e6", "e7"} <= two.jiangsu.named()


async def test_who_strikes_a_record_out_of_the_index_alone_is_found_by_the_own_verification(two: Two) -> None:
    await two.attacked(attacked.strikes_out_of_the_index)

    assert "the index of answers lacks entry" in await two.cycle()


async def test_a_node_whose_own_entry_was_written_over_names_itself_and_holds_the_round(two: Two) -> None:
    await two.attacked(attacked.writes_over)
    done = await two.zhejiang.reconciler.compare(JIANGSU, two.clock() - GRACE)

    assert done.result is not Result.FAILED


async def test_a_row_of_the_own_index_that_no_entry_stands_behind_is_named_against_this_node(two: Two) -> None:
    await two.attacked(attacked.adds_to_the_index)
    done = await two.zhejiang.reconciler.compare(JIANGSU, two.clock() - GRACE)
    found = two.zhejiang.store.read.reconciliations.missing(None, 9)

    assert (done.result, done.findings) == (Result.DIFFERENT, {"UNPROVEN": 1})
    assert [one.lacks for one in found] == [ZHEJIANG]


async def test_of_many_records_an_altered_one_is_found_by_the_samples_and_not_forgotten_again(tmp_path: Path) -> None:
    two = Two(tmp_path)
    await two.zhejiang.open()
    await two.jiangsu.open()
    for number in range(40):
        await two.jiangsu.ask(ZHEJIANG, f"e{number}")
    two.clock.move(hours=5)
    await two.attacked(attacked.alters)

    named = list[bool]()
    for _ in range(12):
        await two.jiangsu.reconciler.compare(ZHEJIANG, two.clock() - GRACE)
        named.append(EXCHANGE in two.jiangsu.doubted())
        two.clock.move(hours=1)
    await two.close()

    assert named[-1]
    assert named == sorted(named)
