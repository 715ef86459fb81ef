"""Faults that show when a unit searches. Rows of the table in test_faults."""

from dataclasses import replace
from typing import Any

from federation.methods import SEARCH
from federation.model.evidence import EventType
from federation.model.fault import Hop
from federation.model.refusal import Owner, Reason
from federation.model.search import Answer, Item, Outcome
from federation.ports import Incoming
from node.library.invented import LAND_TYPE, MINING_TYPE, issuer_of
from node.ports.lists import Kind as ListKind
from node.ports.services import SearchForm
from node.ports.store import Nouns
from node.usecases.exchange import Decision
from tests.faults.applying import against, at_the_counter, clock_of, order, said_there
from tests.faults.case import case, decide, refused, searched, wrap
from tests.node.usecases.mesh import CALLER, HOLDER, JIANGSU, ZHEJIANG, Mesh, line
from trust.orders import Kind


def wrongly(**changes: Any) -> Any:
    """A search that is refused at the counter."""

    async def inject(mesh: Mesh) -> str:
        apply_id = (await mesh.jiangsu.submit(type_codes=(LAND_TYPE,))).application.apply_id
        form = replace(SearchForm(apply_id=apply_id, holder=HOLDER), **changes)
        return await refused(mesh.jiangsu.search.fused(CALLER, form))

    return inject


async def too_late(mesh: Mesh) -> str:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    mesh.clock.move(minutes=31)
    return await refused(mesh.jiangsu.find(apply_id))


async def line_gone(mesh: Mesh) -> str:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    await mesh.jiangsu.publications.publish(ListKind.USELIST, [line(use_list_id="JS-0002")])
    return await refused(mesh.jiangsu.find(apply_id))


async def rejected_before(mesh: Mesh) -> str:
    await decide(mesh, known=False, status="REJECTED", reasons=("r",))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    return (await mesh.jiangsu.find(apply_id)).exchange_id


async def rejected_late(mesh: Mesh) -> str:
    """Zhejiang was away when it was asked for its verdict; now it says no."""
    mesh.network.down(ZHEJIANG)
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    mesh.network.up(ZHEJIANG)
    await decide(mesh, known=False, status="REJECTED", reasons=("r",))
    return (await mesh.jiangsu.find(apply_id)).exchange_id


def over_delivering(mesh: Mesh) -> None:
    """Zhejiang answers with a type that nobody asked for."""
    texts: dict[str, Any] = dict.fromkeys(
        ("identifier", "name", "type_name", "number", "area_code", "issuer_name", "issuer_code", "issued"), "x"
    )
    item = Item(**texts, type_code="0" * 21, valid_from="", valid_until="", status="VALID", superseded_by="")

    async def wrong(_handler: Any, incoming: Incoming[Any]) -> Any:
        def decide(_nouns: Nouns) -> Decision[Answer]:
            answer = Answer(outcome=Outcome.OK, items=(item,), catalogue_version=1)
            return Decision(answer=answer, event=EventType.SEARCH, members={"outcome": "OK"})

        return await mesh.zhejiang.exchange.answer(incoming, SEARCH.path, decide)

    wrap(mesh, SEARCH.path, wrong)


async def type_stopped(mesh: Mesh) -> None:
    """Of both types, and only Zhejiang knows."""
    for code in (MINING_TYPE, LAND_TYPE):
        await order(mesh, ZHEJIANG, Kind.TYPE, code, known_to=())


CASES: list[Any] = [
    at_the_counter("a search without an application", wrongly(apply_id="none"), Reason.USE_CODE_SPENT),
    at_the_counter(
        "a search for another holder",
        wrongly(holder=replace(HOLDER, code=issuer_of(ZHEJIANG, MINING_TYPE).code)),
        Reason.MATTER_MISMATCH,
    ),
    at_the_counter(
        "a search for a type beyond the application", wrongly(type_codes=(MINING_TYPE,)), Reason.MATTER_MISMATCH
    ),
    at_the_counter("a search in a province that is no member", wrongly(area_codes=("990000",)), Reason.BAD_PARAMETER),
    at_the_counter("an application that has run out", too_late, Reason.USE_CODE_SPENT),
    at_the_counter("a line withdrawn since", line_gone, Reason.USE_LIST_MISSING),
    case(
        "a peer that went down since",
        searched(lambda mesh: mesh.network.down(ZHEJIANG)),
        Reason.PEER_UNREACHABLE,
        Owner.NETWORK,
        ZHEJIANG,
        Hop.ROUTE,
    ),
    case(
        "a peer that fell silent since",
        searched(lambda mesh: mesh.network.silent(ZHEJIANG)),
        Reason.PEER_TIMEOUT,
        Owner.PEER,
        ZHEJIANG,
        Hop.PEER,
        at=ZHEJIANG,
    ),
    case(
        "an answer changed on the way",
        searched(lambda mesh: mesh.network.tamper(ZHEJIANG)),
        Reason.SIGNATURE_INVALID,
        Owner.PEER,
        ZHEJIANG,
        Hop.CRYPTO,
    ),
    case(
        "an answer with more than was asked for",
        searched(over_delivering),
        Reason.PEER_ERROR,
        Owner.PEER,
        ZHEJIANG,
        Hop.PEER,
        at=ZHEJIANG,
    ),
    said_there("types stopped since", searched(type_stopped), Reason.TYPE_STOPPED, Owner.PEER, ZHEJIANG),
    said_there(
        "a catalogue emptied since",
        searched(lambda mesh: mesh.zhejiang.publications.publish(ListKind.CATALOGUE, [])),
        Reason.TYPE_NOT_OFFERED,
        Owner.PEER,
        ZHEJIANG,
    ),
    said_there(
        "an acceptance suspended since",
        searched(lambda mesh: decide(mesh, known=False, status="SUSPENDED", reasons=("r",))),
        Reason.LINE_SUSPENDED_THERE,
        Owner.PEER,
        ZHEJIANG,
    ),
    said_there(
        "a certificate revoked since",
        searched(against(ZHEJIANG, JIANGSU, "CERTIFICATE_REVOKED")),
        Reason.CERTIFICATE_REVOKED,
        Owner.NODE,
        JIANGSU,
        Hop.CRYPTO,
    ),
    said_there(
        "a clock that ran away since",
        searched(clock_of(JIANGSU, minutes=-20)),
        Reason.CLOCK_SKEW,
        Owner.NODE,
        JIANGSU,
        Hop.CRYPTO,
    ),
    case(
        "an application that was rejected there",
        rejected_before,
        Reason.USE_LIST_REJECTED,
        Owner.PEER,
        ZHEJIANG,
        Hop.PEER,
        at=ZHEJIANG,
    ),
    said_there("a verdict that comes late", rejected_late, Reason.USE_LIST_REJECTED, Owner.PEER, ZHEJIANG),
]
