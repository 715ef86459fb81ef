"""Telling other things than uses: another type of events, through the same queue, kept by whoever takes it. Clause 8.4."""

from dataclasses import dataclass, field, replace

import pytest

from federation.errors import PeerError
from federation.model.event import Event
from federation.model.refusal import Reason
from node.ports.notices import OutboxState
from node.ports.store import Nouns
from node.usecases.notice import REFUSALS_UNTIL_DEAD
from tests.node.usecases.mesh import JIANGSU, ZHEJIANG, Mesh
from tests.node.usecases.telling.systems import APP, Systems, hooks_of
from tests.node.usecases.test_notice import drain, pending

TYPE = "cn.certmesh.example.v1"


@dataclass(slots=True)
class Book:
    """A `Taker` that keeps events by id; those without a `matter` are none."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def check(self, event: Event) -> None:
        if not event.text("matter"):
            raise ValueError("the event has no matter")

    def take(self, _: Nouns, event: Event, raw: bytes) -> bool:
        if event.id in self.kept:
            return False
        self.kept[event.id] = raw
        return True


def event(mesh: Mesh, **data: str) -> Event:
    return Event(
        id="n1",
        province=ZHEJIANG,
        type=TYPE,
        time=mesh.clock().isoformat(),
        subject="",
        data={"matter": "m", "addressee": "HOLDER", **data},
    )


async def tell(mesh: Mesh, one: Event, province: str = JIANGSU) -> frozenset[str]:
    """Zhejiang tells a province."""
    return await mesh.zhejiang.store.transact(lambda nouns: mesh.zhejiang.teller.tell(nouns, province, one))


async def test_an_event_of_another_type_reaches_whoever_takes_it_and_its_systems(mesh: Mesh) -> None:
    book, systems = Book(), Systems()
    mesh.jiangsu.teller.takes({TYPE: book})
    hooks = hooks_of(mesh.jiangsu, systems, APP)
    told = event(mesh)
    targets = await tell(mesh, told)
    await drain(mesh)

    assert targets == {JIANGSU}
    assert book.kept == {"n1": told.to_json()}
    assert (await hooks.deliver_next("app"), [name for name, _ in systems.sent]) == (True, ["app"])


async def test_an_event_for_our_own_province_is_kept_at_once_and_once(mesh: Mesh) -> None:
    book = Book()
    mesh.zhejiang.teller.takes({TYPE: book})
    hooks_of(mesh.zhejiang, Systems(), APP)
    first = await tell(mesh, event(mesh), ZHEJIANG)
    again = await tell(mesh, event(mesh), ZHEJIANG)

    assert (set(first), set(again)) == ({"webhook/app"}, set())
    assert list(book.kept) == ["n1"]


@pytest.mark.parametrize(
    ("takes", "changes"),
    [
        pytest.param(False, {}, id="a type that nobody takes"),
        pytest.param(True, {"matter": ""}, id="data that are none"),
    ],
)
async def test_what_nobody_takes_is_refused_and_in_the_end_a_dead_letter(
    mesh: Mesh, *, takes: bool, changes: dict[str, str]
) -> None:
    if takes:
        mesh.jiangsu.teller.takes({TYPE: Book()})
    await tell(mesh, event(mesh, **changes))
    for _ in range(REFUSALS_UNTIL_DEAD - 1):
        with pytest.raises(PeerError) as caught:
            await mesh.zhejiang.outbox.deliver_next(JIANGSU)
        assert caught.value.refusal.reason is Reason.BAD_PARAMETER
    await mesh.zhejiang.outbox.deliver_next(JIANGSU)
    (letter,) = mesh.zhejiang.store.read.notices.letters(JIANGSU, OutboxState.DEAD, None, 9)

    assert (pending(mesh), letter.detail) == ({"DEAD": 1}, "BAD_PARAMETER")


async def test_only_what_tells_a_holder_of_a_use_can_be_deferred(mesh: Mesh) -> None:
    await tell(mesh, event(mesh, exchange_id="e1", apply_id="a1"))
    letter = mesh.zhejiang.store.read.notices.head(JIANGSU)

    assert letter is not None
    assert (letter.exchange, letter.application) == ("", "")


async def test_an_event_that_is_told_in_another_provinces_name_is_refused(mesh: Mesh) -> None:
    mesh.jiangsu.teller.takes({TYPE: Book()})
    await tell(mesh, replace(event(mesh), province="310000"))
    with pytest.raises(PeerError) as caught:
        await mesh.zhejiang.outbox.deliver_next(JIANGSU)

    assert caught.value.refusal.reason is Reason.BAD_PARAMETER
