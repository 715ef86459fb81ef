"""Faults of consent, of persons who decide, of what is watched, and of peers known to be down. Rows of the table in test_faults."""

from dataclasses import replace
from typing import Any

import pytest

from federation.model.fault import Hop
from federation.model.refusal import Owner, Reason
from federation.model.uselist import MANUAL
from federation.peers import PATIENCE_S
from node.errors import RefusedError
from node.ports.consenting import ConsentInquiry
from node.ports.reviews import ReviewState
from node.ports.timeline import State
from node.usecases.workshop.managers import Manager, Role
from tests.faults.applying import at_the_counter, said_there
from tests.faults.case import applied, case, refused, submitted
from tests.node.usecases.applying.test_anomaly_stop import holder, pause
from tests.node.usecases.consent.offices import HOME_APP, LINES, PERSON, applying, given, office
from tests.node.usecases.mesh import CALLER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, line, record
from tests.node.usecases.papers import sealed_file
from tests.node.usecases.watching import RULES, desk_of

REVIEWER = Manager(account="wang.wu", name="王五", roles=frozenset({Role.REVIEW}))
FLAGGED = (line(review=MANUAL),)


async def of_another_matter(mesh: Mesh) -> str:
    taken = await given(mesh, item_code="ITEM-9")
    return await refused(mesh.jiangsu.submit(**applying(taken.document)))


async def taken_back_there(mesh: Mesh) -> str:
    """Only Zhejiang has heard of it."""
    taken = await given(mesh)
    await office(mesh.shanghai).revoke(HOME_APP, ConsentInquiry(holder=PERSON, consent_id=taken.consent_id))
    for signed in tuple(mesh.shanghai.orders.book):
        assert await mesh.zhejiang.orders.take(signed.to_json(), SHANGHAI) == ""
    return (await mesh.jiangsu.submit(**applying(taken.document))).exchange_id


async def rejected_by_hand(mesh: Mesh) -> str:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    desk = desk_of(mesh.zhejiang)
    (one,) = desk.page(ReviewState.WAITING, "", 10)["reviews"]
    await desk.decide(REVIEWER, one["id"], ReviewState.REJECTED, "r")
    return (await mesh.jiangsu.find(apply_id)).exchange_id


async def walking_through_holders(mesh: Mesh) -> str:
    for number in range(RULES.holders_per_minute):
        await mesh.jiangsu.submit(holder=holder(number))
    return await refused(mesh.jiangsu.submit(holder=holder(99)))


def known_down(mesh: Mesh) -> None:
    mesh.network.silent(ZHEJIANG)
    mesh.jiangsu.health.silent(ZHEJIANG, PATIENCE_S)


async def home_away(mesh: Mesh) -> str:
    mesh.network.down(SHANGHAI)
    return (await mesh.jiangsu.holders.check(CALLER, PERSON)).exchange_id


async def fetched_twice(mesh: Mesh) -> str:
    one = record(ZHEJIANG)
    await mesh.zhejiang.keep(one, file=sealed_file(one.identifier))
    received = await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(one, original=True))
    offer = await mesh.jiangsu.downloads.offer(CALLER, received)
    await mesh.jiangsu.downloads.done(await mesh.jiangsu.downloads.take(CALLER, offer.token))
    with pytest.raises(RefusedError):
        await mesh.jiangsu.downloads.take(CALLER, offer.token)
    return received.exchange_id


def consented(*rows: Any) -> list[Any]:
    """With lines of which one needs the holder's consent."""
    return [pytest.param(replace(one.values[0], lines=LINES), id=one.id) for one in rows]


CASES: list[Any] = [
    *consented(
        at_the_counter(
            "no consent",
            submitted(**applying(b"")),
            Reason.CONSENT_MISSING,
        ),
        at_the_counter("a consent to another matter", of_another_matter, Reason.CONSENT_MISMATCH),
        said_there("a consent taken back since", taken_back_there, Reason.CONSENT_ENDED, Owner.CALLER, JIANGSU),
    ),
    case(
        "an application that waits for a person",
        applied(lambda _: None),
        Reason.REVIEW_PENDING,
        Owner.PEER,
        ZHEJIANG,
        Hop.PEER,
        at=ZHEJIANG,
        theirs=Hop.LOCAL,
        state=State.DONE,
        stands=False,
        lines=FLAGGED,
    ),
    said_there(
        "an application that a person rejected",
        rejected_by_hand,
        Reason.REVIEW_REJECTED,
        Owner.PEER,
        ZHEJIANG,
        lines=FLAGGED,
    ),
    at_the_counter("an operator who walks through holders", walking_through_holders, Reason.ANOMALY_STOPPED),
    said_there(
        "an operator whom the provider paused",
        applied(lambda mesh: pause(mesh, ZHEJIANG)),
        Reason.ANOMALY_STOPPED,
        Owner.CALLER,
        JIANGSU,
    ),
    case(
        "a peer that is known to be down",
        applied(known_down),
        Reason.PEER_DOWN,
        Owner.NETWORK,
        ZHEJIANG,
        Hop.ROUTE,
    ),
    case(
        "a home province that is away",
        home_away,
        Reason.PEER_UNREACHABLE,
        Owner.NETWORK,
        SHANGHAI,
        Hop.ROUTE,
        provider=SHANGHAI,
        state=State.FAILED,
    ),
    at_the_counter(
        "an address that was used before", fetched_twice, Reason.DOWNLOAD_SPENT, hop=Hop.ANSWER, state=State.PARTIAL
    ),
]
