"""Honest logs under any schedule: whatever order heads are seen, offered, linked and cosigned in, nobody is suspected or loses anything."""

from random import Random

import pytest

from federation.errors import PeerError
from node.library.invented import PROVINCES
from tests.node.usecases.cosigned import Cosigner
from tests.node.usecases.mesh import Mesh

CODES = tuple(sorted(PROVINCES))
STEPS = 120


class Schedule:
    """Random steps among four provinces."""

    def __init__(self, mesh: Mesh, random: Random) -> None:
        self.mesh, self.random = mesh, random
        self.nodes = {code: Cosigner(mesh[code]) for code in CODES}
        self.steps = (
            self.grow,
            self.grow,
            self.see,
            self.see,
            self.offer,
            self.push,
            self.push,
            self.link,
            self.restart,
        )

    def two(self) -> tuple[str, str]:
        one, other = self.random.sample(CODES, 2)
        return one, other

    async def grow(self) -> None:
        node = self.mesh[self.random.choice(CODES)]
        for _ in range(self.random.choice((1, 1, 2, 7))):
            await node.store.transact(
                lambda nouns: nouns.evidence.append({"node": node.code, "time": node.clock().isoformat()})
            )

    async def see(self) -> None:
        """A message of one reaches another, which sees the head it came under."""
        one, other = self.two()
        log = self.mesh[one].store.read.evidence
        notes = log.checkpoints(0, 10_000)
        if notes:
            note = self.random.choice((notes[-1], self.random.choice(notes)))
            self.mesh[other].heads.open(one, note, self.nodes[one].keys(one)[0])

    async def offer(self) -> None:
        await self.nodes[self.random.choice(CODES)].offer()

    async def push(self) -> None:
        one, other = self.two()
        await self.nodes[one].cosigning.push(other)

    async def link(self) -> None:
        one, other = self.two()
        await self.mesh[one].keeper.link(other)
        await self.mesh[one].keeper.save(CODES)

    async def restart(self) -> None:
        code = self.random.choice(CODES)
        self.mesh.clock.move(seconds=self.random.choice((-40, 1, 20)))
        self.nodes[code] = Cosigner(self.mesh[code])
        await self.nodes[code].greet()


@pytest.mark.parametrize("seed", range(3))
async def test_nobody_is_suspected_under_any_schedule(mesh: Mesh, seed: int) -> None:
    schedule = Schedule(mesh, Random(seed))
    for _ in range(STEPS):
        await schedule.random.choice(schedule.steps)()
    for code, node in schedule.nodes.items():
        await node.round()

        assert mesh[code].forks == []
        assert node.own.lost is None
        assert node.view.levels()["gap_entries"] == 0
        assert not any(mesh[code].heads.suspended(other) for other in CODES)


async def test_a_peer_that_is_cut_off_meanwhile_only_delays(mesh: Mesh) -> None:
    schedule = Schedule(mesh, Random(77))
    for number in range(STEPS):
        if number % 40 == 0:
            mesh.network.cut(CODES[0], CODES[1])
        if number % 40 == 20:
            mesh.network.mend(CODES[0], CODES[1])
        try:
            await schedule.random.choice(schedule.steps)()
        except PeerError:
            continue
    for code, node in schedule.nodes.items():
        await node.round()

        assert mesh[code].forks == []
        assert node.view.levels()["gap_entries"] == 0
