"""One injected fault: how it comes about, and what both nodes must say of it. Not a test."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from federation.model.fault import Hop
from federation.model.refusal import Owner, Reason
from federation.ports import Incoming
from node.errors import RefusedError
from node.ports.lists import Kind
from node.ports.timeline import Fault, State, Timeline
from node.usecases.explain.mishaps import Mishaps
from node.usecases.explain.timeline import TimelineReader
from tests.node.usecases.mesh import JIANGSU, LINE, ZHEJIANG, Mesh, Province, line

Inject = Callable[[Mesh], Awaitable[str]]
"""Bring the fault about at Jiangsu's counter, and return the id of the exchange in which it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What Jiangsu, the consumer, must say: the reason, whose matter it is, and where it shows.

    `theirs` is the stretch in which Zhejiang, the provider, sees the same fault; None where it cannot know of it. `state` is what becomes
    of the whole exchange at Jiangsu: PARTIAL where other provinces went on.
    """

    inject: Inject
    reason: Reason
    owner: Owner
    province: str
    hop: Hop
    at: str = JIANGSU
    theirs: Hop | None = None
    state: State = State.PARTIAL
    stands: bool = True
    provider: str = ZHEJIANG
    lines: tuple[dict[str, Any], ...] = (line(),)


def case(name: str, inject: Inject, reason: Reason, owner: Owner, province: str, hop: Hop, **more: Any) -> Any:
    """A row of the table."""
    one = Case(inject=inject, reason=reason, owner=owner, province=province, hop=hop, **more)
    return pytest.param(one, id=name)


def reader(province: Province, mishaps: Mishaps | None = None) -> TimelineReader:
    """What explains at a province."""
    kept = Mishaps(province.clock) if mishaps is None else mishaps
    return TimelineReader(province=province.code, store=province.store, mishaps=kept, clock=province.clock)


async def explained(province: Province, exchange_id: str) -> Timeline:
    """The exchange as the province explains it."""
    found = await reader(province).of(exchange_id)
    assert found is not None, f"{province.code} knows nothing of {exchange_id}"
    return found


def faults_of(timeline: Timeline, reason: Reason, *others: str) -> list[Fault]:
    """The faults of that reason in steps that concern one of these provinces, or none."""
    found = [
        step.fault
        for step in timeline.steps
        if step.fault is not None and step.fault.reason is reason and step.peer in {"", *others}
    ]
    return list(dict.fromkeys(found))


async def refused(call: Awaitable[Any]) -> str:
    """The exchange of a request that is refused as a whole."""
    with pytest.raises(RefusedError) as caught:
        await call
    assert caught.value.exchange_id, f"{caught.value} names no exchange"
    return caught.value.exchange_id


def submitted(**changes: Any) -> Inject:
    """An application that is refused at the counter."""
    return lambda mesh: refused(mesh.jiangsu.submit(**changes))


def applied(prepare: Callable[[Mesh], Awaitable[Any] | None], **changes: Any) -> Inject:
    """An application after something was done."""

    async def inject(mesh: Mesh) -> str:
        await done(prepare(mesh))
        return (await mesh.jiangsu.submit(**changes)).exchange_id

    return inject


def searched(prepare: Callable[[Mesh], Awaitable[Any] | None]) -> Inject:
    """A search after something was done behind the application's back."""

    async def inject(mesh: Mesh) -> str:
        apply_id = (await mesh.jiangsu.submit()).application.apply_id
        await done(prepare(mesh))
        return (await mesh.jiangsu.find(apply_id)).exchange_id

    return inject


async def done(what: Awaitable[Any] | None) -> None:
    """Wait, where there is something to wait for."""
    if what is not None:
        await what


def wrap(mesh: Mesh, path: str, wrapper: Callable[[Any, Incoming[Any]], Awaitable[Any]], code: str = ZHEJIANG) -> None:
    """Put something around a method of a province: `wrapper` gets the real handler and the request."""
    province = mesh[code]
    handler = province.handlers()[path]
    wrapped = province.handlers() | {path: lambda incoming: wrapper(handler, incoming)}
    mesh.network.join(province.post, wrapped, health=province.health, refused=province._disbelieved)


async def decide(mesh: Mesh, *, known: bool, lines: Iterable[dict[str, Any]] = (line(),), **changes: Any) -> None:
    """Zhejiang decides anew on Jiangsu's line; `known`: Jiangsu hears of it."""

    await mesh.zhejiang.decide(*lines, **changes)
    if known:
        await mesh.jiangsu.hold(mesh.zhejiang, Kind.DECISIONS)


async def publish_line(mesh: Mesh, *, held_by: Iterable[str] = (), **changes: Any) -> None:
    """Jiangsu publishes its line anew, changed; only these provinces hear of it."""

    await mesh.jiangsu.publications.publish(Kind.USELIST, [line(use_list_id=LINE, **changes)])
    for code in held_by:
        await mesh[code].hold(mesh.jiangsu, Kind.USELIST)
