"""Faults that show when a unit applies. Rows of the table in test_faults."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from federation.methods import SUBMIT
from federation.model.fault import Hop
from federation.model.refusal import Owner, Reason
from federation.ports import Incoming
from node.library.invented import MINING_TYPE
from node.ports.lists import Kind as ListKind
from node.ports.timeline import State
from tests.faults.case import applied, case, decide, publish_line, refused, submitted, wrap
from tests.node.usecases.mesh import (
    ANHUI,
    CALLER,
    HOLDER,
    JIANGSU,
    LINE,
    OPERATOR,
    ORG,
    ZHEJIANG,
    Mesh,
    form,
    line,
)
from trust.orders import Action, Kind


def at_the_counter(name: str, inject: Any, reason: Reason, owner: Owner = Owner.CALLER, **more: Any) -> Any:
    """Nobody was asked."""
    more = {"state": State.FAILED, "hop": Hop.LOCAL} | more
    return case(name, inject, reason, owner, JIANGSU, more.pop("hop"), **more)


def said_there(
    name: str, inject: Any, reason: Reason, owner: Owner, province: str, hop: Hop = Hop.LOCAL, **more: Any
) -> Any:
    """Zhejiang refuses, and both nodes know."""
    ours = Hop.PEER if hop is Hop.LOCAL else hop
    return case(name, inject, reason, owner, province, ours, at=ZHEJIANG, theirs=hop, **more)


def skipped(name: str, inject: Any, reason: Reason, owner: Owner, province: str, hop: Hop = Hop.LOCAL) -> Any:
    """Jiangsu knows that Zhejiang need not be asked; that is a step, and no fault while others answer."""
    return case(name, inject, reason, owner, province, hop, state=State.DONE, stands=False)


async def twice(mesh: Mesh) -> str:
    await mesh.jiangsu.submit()
    return await refused(mesh.jiangsu.submit())


async def narrow_caller(mesh: Mesh) -> str:
    caller = replace(CALLER, operators=frozenset({"another"}))
    return await refused(mesh.jiangsu.applications.submit(caller, form()))


async def order(mesh: Mesh, giver: str, kind: Kind, subject: str, *, known_to: tuple[str, ...]) -> None:
    signed = await mesh[giver].orders.give(kind, subject, Action.STOP, "r")
    for code in known_to:
        if code != giver:
            assert await mesh[code].orders.take(signed.to_json(), giver) == ""


def stopped(kind: Kind, subject: str) -> Any:
    async def inject(mesh: Mesh) -> str:
        named = mesh.jiangsu.vault.operator(JIANGSU, OPERATOR.account) if kind is Kind.OPERATOR else subject
        await order(mesh, JIANGSU, kind, named, known_to=())
        return await refused(mesh.jiangsu.submit())

    return inject


async def stop_peer(mesh: Mesh) -> None:
    signed = await mesh.jiangsu.orders.give(Kind.PEER, ZHEJIANG, Action.STOP, "r")
    await mesh.anhui.orders.take(signed.to_json(), JIANGSU)
    whole = await mesh.anhui.orders.countersign(signed.order.id)
    assert await mesh.jiangsu.orders.take(whole.to_json(), ANHUI) == ""


async def overtaken(mesh: Mesh) -> str:
    """The line's next version reaches Zhejiang while the application under the old one is on its way."""

    async def late(handler: Any, incoming: Incoming[Any]) -> Any:
        await publish_line(mesh, version=2, held_by=[ZHEJIANG])
        return await handler(incoming)

    wrap(mesh, SUBMIT.path, late)
    return (await mesh.jiangsu.submit()).exchange_id


async def newer_here(mesh: Mesh) -> None:
    """Zhejiang accepted the next version, and lost it since."""
    await publish_line(mesh, version=2)
    await decide(mesh, known=True, lines=[line(version=2)])


async def played_twice(mesh: Mesh) -> str:
    async def again(handler: Any, incoming: Incoming[Any]) -> Any:
        await handler(incoming)
        return await handler(incoming)

    wrap(mesh, SUBMIT.path, again)
    return (await mesh.jiangsu.submit()).exchange_id


def against(where: str, whom: str, word: str) -> Any:
    """What a province's revocation lists say of another's certificates."""

    def prepare(mesh: Mesh) -> None:
        mesh[where].post._standing = lambda code, _: (word, "") if code == whom else ("", "")

    return prepare


def clock_of(code: str, **by: float) -> Any:
    def prepare(mesh: Mesh) -> None:
        mesh[code].post._clock = lambda: mesh.clock.now + timedelta(**by)

    return prepare


def gate_shut(mesh: Mesh) -> None:
    mesh.jiangsu.gate._clock = lambda: mesh.clock.now + timedelta(days=4000)


async def stop_key(mesh: Mesh) -> None:
    """An order of which only Zhejiang knows."""
    key = mesh.jiangsu.identity.signing_certificate.fingerprint
    signed = await mesh.jiangsu.orders.give(Kind.KEY, key, Action.STOP, "r")
    assert await mesh.zhejiang.orders.take(signed.to_json(), JIANGSU) == ""
    mesh.jiangsu.stops.replace({})


async def withdrawn_there(mesh: Mesh) -> None:
    """Zhejiang holds a use list without the line, and Jiangsu has published it again since."""
    await mesh.jiangsu.publications.publish(ListKind.USELIST, [line(use_list_id="JS-0002")])
    await mesh.zhejiang.hold(mesh.jiangsu, ListKind.USELIST)
    await publish_line(mesh)


async def limited_there(mesh: Mesh) -> None:
    await decide(mesh, known=False, status="LIMITED", daily_limit=1)
    await mesh.jiangsu.submit()


CASES: list[Any] = [
    at_the_counter("a line that nobody published", submitted(use_list_id="none"), Reason.USE_LIST_MISSING),
    at_the_counter(
        "a line out of date", submitted(), Reason.USE_LIST_NOT_IN_FORCE, lines=(line(valid_to="2020-12-31"),)
    ),
    at_the_counter(
        "a line that the consumer suspended", submitted(), Reason.USE_LIST_SUSPENDED, lines=(line(status="SUSPENDED"),)
    ),
    at_the_counter("an operator beyond the line system's", narrow_caller, Reason.OUT_OF_SCOPE),
    at_the_counter("another matter than the line's", submitted(item_code="OTHER"), Reason.MATTER_MISMATCH),
    at_the_counter("a type that no line names", submitted(type_codes=("0" * 21,)), Reason.MATTER_MISMATCH),
    at_the_counter("a field beyond the line", submitted(fields=("KZ_SCALE",)), Reason.OUTPUT_NOT_ALLOWED),
    at_the_counter(
        "a holder's code with a wrong check digit",
        submitted(holder=replace(HOLDER, code=HOLDER.code[:-1] + "0")),
        Reason.HOLDER_CODE_INVALID,
    ),
    at_the_counter("no purpose", submitted(use_cause=""), Reason.MISSING_PARAMETER),
    at_the_counter("a purpose without end", submitted(use_cause="x" * 201), Reason.BAD_PARAMETER),
    at_the_counter("the line's limit of the day", twice, Reason.LIMIT_REACHED, lines=(line(daily_limit=1),)),
    at_the_counter("a stopped line", stopped(Kind.LINE, LINE), Reason.LINE_STOPPED),
    at_the_counter("a stopped unit", stopped(Kind.UNIT, ORG), Reason.UNIT_STOPPED),
    at_the_counter("a stopped operator", stopped(Kind.OPERATOR, ""), Reason.OPERATOR_STOPPED),
    said_there(
        "a provider that has not decided",
        applied(lambda mesh: mesh.zhejiang.publications.publish(ListKind.DECISIONS, [])),
        Reason.USE_LIST_UNDECIDED,
        Owner.PEER,
        ZHEJIANG,
    ),
    said_there(
        "a provider that rejected the line",
        applied(lambda mesh: decide(mesh, known=False, status="REJECTED", reasons=("r",))),
        Reason.USE_LIST_REJECTED,
        Owner.PEER,
        ZHEJIANG,
    ),
    skipped(
        "a provider that is known to have rejected it",
        applied(lambda mesh: decide(mesh, known=True, status="REJECTED", reasons=("r",))),
        Reason.USE_LIST_REJECTED,
        Owner.PEER,
        ZHEJIANG,
    ),
    said_there(
        "a provider that suspended its acceptance",
        applied(lambda mesh: decide(mesh, known=False, status="SUSPENDED", reasons=("r",))),
        Reason.LINE_SUSPENDED_THERE,
        Owner.PEER,
        ZHEJIANG,
    ),
    said_there("a line overtaken on the way", overtaken, Reason.USE_LIST_SUPERSEDED, Owner.CALLER, JIANGSU),
    said_there(
        "a version that has not come to the provider",
        applied(newer_here),
        Reason.USE_LIST_UNKNOWN_VERSION,
        Owner.PEER,
        ZHEJIANG,
    ),
    said_there(
        "a line withdrawn, of which only the provider knows",
        applied(withdrawn_there),
        Reason.USE_LIST_MISSING,
        Owner.CALLER,
        JIANGSU,
    ),
    said_there(
        "a catalogue that the provider emptied",
        applied(lambda mesh: mesh.zhejiang.publications.publish(ListKind.CATALOGUE, [])),
        Reason.TYPE_NOT_OFFERED,
        Owner.PEER,
        ZHEJIANG,
    ),
    case(
        "a type that a province does not have",
        applied(lambda _: None, type_codes=(MINING_TYPE,)),
        Reason.TYPE_NOT_OFFERED,
        Owner.PEER,
        ANHUI,
        Hop.LOCAL,
        state=State.DONE,
        stands=False,
        provider=ANHUI,
    ),
    said_there(
        "a limit of the provider",
        applied(limited_there),
        Reason.LIMIT_REACHED,
        Owner.CALLER,
        JIANGSU,
    ),
    said_there(
        "a type that the provider stopped",
        applied(lambda mesh: order(mesh, ZHEJIANG, Kind.TYPE, MINING_TYPE, known_to=()), type_codes=(MINING_TYPE,)),
        Reason.TYPE_STOPPED,
        Owner.PEER,
        ZHEJIANG,
        state=State.FAILED,
    ),
    case(
        "a peer that cannot be reached",
        applied(lambda mesh: mesh.network.down(ZHEJIANG)),
        Reason.PEER_UNREACHABLE,
        Owner.NETWORK,
        ZHEJIANG,
        Hop.ROUTE,
    ),
    case(
        "a peer that is silent",
        applied(lambda mesh: mesh.network.silent(ZHEJIANG)),
        Reason.PEER_TIMEOUT,
        Owner.PEER,
        ZHEJIANG,
        Hop.PEER,
        at=ZHEJIANG,
    ),
    case(
        "a verdict that is lost on the way",
        applied(lambda mesh: mesh.network.lose_answers(ZHEJIANG)),
        Reason.PEER_UNREACHABLE,
        Owner.NETWORK,
        ZHEJIANG,
        Hop.ROUTE,
    ),
    case(
        "a verdict changed on the way",
        applied(lambda mesh: mesh.network.tamper(ZHEJIANG)),
        Reason.SIGNATURE_INVALID,
        Owner.PEER,
        ZHEJIANG,
        Hop.CRYPTO,
    ),
    said_there(
        "a consumer whose clock is slow",
        applied(clock_of(JIANGSU, minutes=-20)),
        Reason.CLOCK_SKEW,
        Owner.NODE,
        JIANGSU,
        Hop.CRYPTO,
    ),
    said_there("a message that came twice", played_twice, Reason.REPLAYED, Owner.NODE, JIANGSU, Hop.CRYPTO),
    said_there(
        "a consumer whose certificate is revoked",
        applied(against(ZHEJIANG, JIANGSU, "CERTIFICATE_REVOKED")),
        Reason.CERTIFICATE_REVOKED,
        Owner.NODE,
        JIANGSU,
        Hop.CRYPTO,
    ),
    said_there(
        "a provider without a current revocation list",
        applied(against(ZHEJIANG, JIANGSU, "REVOCATION_STALE")),
        Reason.REVOCATION_STALE,
        Owner.PEER,
        ZHEJIANG,
        Hop.CRYPTO,
    ),
    case(
        "a consumer without a current revocation list",
        applied(against(JIANGSU, ZHEJIANG, "REVOCATION_STALE")),
        Reason.REVOCATION_STALE,
        Owner.NODE,
        JIANGSU,
        Hop.CRYPTO,
    ),
    case(
        "a provider whose certificate is revoked",
        applied(against(JIANGSU, ZHEJIANG, "CERTIFICATE_REVOKED")),
        Reason.CERTIFICATE_REVOKED,
        Owner.PEER,
        ZHEJIANG,
        Hop.CRYPTO,
    ),
    said_there(
        "a consumer whose key is stopped",
        applied(stop_key),
        Reason.KEY_STOPPED,
        Owner.NODE,
        JIANGSU,
        Hop.CRYPTO,
    ),
    case(
        "a membership that has run out here",
        applied(gate_shut),
        Reason.MEMBERSHIP_EXPIRED,
        Owner.NODE,
        JIANGSU,
        Hop.ROUTE,
    ),
    skipped("a peer that the others stopped", applied(stop_peer), Reason.PEER_STOPPED, Owner.PEER, ZHEJIANG, Hop.ROUTE),
]
