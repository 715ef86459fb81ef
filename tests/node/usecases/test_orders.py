"""Stop orders from node to node: given, taken, passed on, refused, on record, and in force everywhere in time. DESIGN §4."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from federation.errors import PeerError
from federation.methods import PULL_ORDERS, PUSH_ORDERS
from federation.model.orders import MAX_DOCUMENTS, OrdersPush, OrdersPushAnswer
from federation.model.refusal import Reason
from federation.order_spread import run_orders
from federation.sample_identities import new_identity
from node.errors import RefusedError
from node.usecases.order_overview import overview
from node.usecases.orders import Orders
from node.usecases.stops import Stops
from tests import virtual_time
from tests.node.usecases.mesh import ANHUI, JIANGSU, LINE, SHANGHAI, ZHEJIANG, Mesh, Province
from trust import orders as documents
from trust.membership import MemberStatus
from trust.orders import Action, Kind, Order, Scope, SignedOrder

SCOPE = Scope(Kind.LINE, JIANGSU, LINE)
ANHUI_STOPPED = Scope(Kind.PEER, "", ANHUI)


async def stop_line(province: Province, action: Action = Action.STOP) -> SignedOrder:
    return await province.orders.give(Kind.LINE, LINE, action, "疑似滥用")


def stopped(mesh: Mesh, scope: Scope = SCOPE) -> set[str]:
    """Where it is in force."""
    return {code for code, one in mesh.all.items() if one.stops.get(scope) is not None}


async def carry_all(mesh: Mesh, rounds: int = 1) -> None:
    """Every node carries orders to every other that it reaches, once a round."""
    for _ in range(rounds):
        for one, other in itertools.permutations(mesh.all.values(), 2):
            try:
                await one.order_exchange.carry(other.code)
            except PeerError:
                continue


async def push(mesh: Mesh, sender: str, receiver: str, *sent: bytes) -> tuple[str, ...]:
    """A push as a peer would make it."""
    post = mesh[sender].post
    draft = post.draft_request(OrdersPush(documents=sent), recipients=(receiver,), exchange_id="push")
    reply = await mesh.network.peers_of(sender).ask(receiver, PUSH_ORDERS, draft, post.sign(draft), 1.0)
    answer: OrdersPushAnswer = reply.message
    return answer.reasons


def signed_by(maker: Province, /, **changes: object) -> SignedOrder:
    """An order as someone with this province's keys could make it."""
    order = Order(
        id="made",
        province=maker.code,
        kind=Kind.LINE,
        subject=LINE,
        action=Action.STOP,
        number=1,
        reason="r",
        issued=maker.clock().isoformat(),
    )
    key = maker.identity
    return documents.sign(
        replace(order, **changes),  # type: ignore[arg-type]
        key_id=key.signing_certificate.fingerprint,
        signer=key.signing_key.sign,
    )


async def test_an_order_is_in_force_here_at_once_and_everywhere_after_one_round(mesh: Mesh) -> None:
    await stop_line(mesh.jiangsu)
    assert stopped(mesh) == {JIANGSU}
    await carry_all(mesh)

    assert stopped(mesh) == set(mesh.all)


async def test_a_lift_is_as_explicit(mesh: Mesh) -> None:
    await stop_line(mesh.jiangsu)
    await carry_all(mesh)
    await stop_line(mesh.jiangsu, Action.LIFT)
    assert stopped(mesh) == set(mesh.all) - {JIANGSU}
    await carry_all(mesh)

    assert stopped(mesh) == set()


async def test_an_order_is_in_evidence_of_every_node_with_its_source_and_without_its_reason(mesh: Mesh) -> None:
    order = await stop_line(mesh.jiangsu)
    await carry_all(mesh)

    (given,) = mesh.jiangsu.entries(type="ORDER", step="ordered")
    assert (given["order"], given["orderer"], given["subject"], given["signers"]) == (
        order.digest,
        JIANGSU,
        LINE,
        [JIANGSU],
    )
    for code in (SHANGHAI, ZHEJIANG, ANHUI):
        (taken,) = mesh[code].entries(type="ORDER", step="received")
        assert taken["order"] == order.digest
        assert taken["peer"] in mesh.all
        assert "reason" not in taken
        assert "taken" in mesh[code].counted


async def test_a_known_order_is_not_passed_on_again(mesh: Mesh) -> None:
    await stop_line(mesh.jiangsu)
    await carry_all(mesh, rounds=2)
    before = len(mesh.network.calls)
    await carry_all(mesh)
    later = [one.path for one in mesh.network.calls[before:]]

    assert later == [PULL_ORDERS.path] * 12


async def test_an_order_that_came_is_not_sent_back(mesh: Mesh) -> None:
    await stop_line(mesh.jiangsu)
    await mesh.jiangsu.order_exchange.carry(ZHEJIANG)
    await mesh.zhejiang.order_exchange.carry(JIANGSU)

    pushes = [(one.sender, one.receiver) for one in mesh.network.calls if one.path == PUSH_ORDERS.path]
    assert pushes == [(JIANGSU, ZHEJIANG)]


async def test_an_order_reaches_a_node_only_through_a_third_peer(mesh: Mesh) -> None:
    for other in (SHANGHAI, ANHUI):
        mesh.network.cut(JIANGSU, other)
    await stop_line(mesh.jiangsu)
    await mesh.jiangsu.order_exchange.carry(ZHEJIANG)
    await mesh.zhejiang.order_exchange.carry(ANHUI)
    (entry,) = mesh.anhui.entries(type="ORDER", step="received")

    assert stopped(mesh) == {JIANGSU, ZHEJIANG, ANHUI}
    assert (entry["orderer"], entry["peer"]) == (JIANGSU, ZHEJIANG)


async def test_a_node_that_slept_pulls_what_it_missed_from_anyone(mesh: Mesh) -> None:
    mesh.network.down(ANHUI)
    await stop_line(mesh.jiangsu)
    await carry_all(mesh)
    mesh.network.down(JIANGSU)
    mesh.network.up(ANHUI)
    await mesh.anhui.order_exchange.carry(SHANGHAI)

    assert ANHUI in stopped(mesh)


async def test_many_orders_are_compared_in_bounded_messages(mesh: Mesh) -> None:
    for number in range(150):
        await mesh.jiangsu.orders.give(Kind.LINE, f"L-{number}", Action.STOP, "r")
    await mesh.anhui.order_exchange.carry(JIANGSU)

    assert mesh.anhui.stops.counts()["LINE"] == 150
    await mesh.jiangsu.order_exchange.carry(ANHUI)
    await mesh.zhejiang.order_exchange.carry(ANHUI)
    assert mesh.zhejiang.stops.counts()["LINE"] == 150


async def test_a_peer_is_stopped_when_k_have_signed_and_not_before(mesh: Mesh) -> None:
    order = await mesh.jiangsu.orders.give(Kind.PEER, ANHUI, Action.STOP, "节点失控")
    await carry_all(mesh)
    assert stopped(mesh, ANHUI_STOPPED) == set()

    await mesh.zhejiang.orders.countersign(order.order.id)
    assert stopped(mesh, ANHUI_STOPPED) == {ZHEJIANG}
    await carry_all(mesh)
    assert stopped(mesh, ANHUI_STOPPED) == set(mesh.all), "the stopped province is told, too"


async def test_signatures_given_at_two_places_at_once_add_up_on_the_way(mesh: Mesh) -> None:
    for one in mesh.all.values():
        one.membership = replace(one.membership, threshold=3)
    order = await mesh.jiangsu.orders.give(Kind.PEER, ANHUI, Action.STOP, "节点失控")
    await carry_all(mesh)
    await mesh.zhejiang.orders.countersign(order.order.id)
    await mesh.shanghai.orders.countersign(order.order.id)
    assert stopped(mesh, ANHUI_STOPPED) == set()
    await carry_all(mesh, rounds=2)

    assert stopped(mesh, ANHUI_STOPPED) == set(mesh.all)


async def test_a_stopped_peer_is_released_by_k_others_and_learns_it_from_any(mesh: Mesh) -> None:
    order = await mesh.jiangsu.orders.give(Kind.PEER, ANHUI, Action.STOP, "节点失控")
    await carry_all(mesh)
    await mesh.zhejiang.orders.countersign(order.order.id)
    await carry_all(mesh)
    lift = await mesh.shanghai.orders.give(Kind.PEER, ANHUI, Action.LIFT, "已修复")
    await carry_all(mesh)
    assert stopped(mesh, ANHUI_STOPPED) == set(mesh.all)
    await mesh.jiangsu.orders.countersign(lift.order.id)
    await carry_all(mesh)

    assert stopped(mesh, ANHUI_STOPPED) == set()


REFUSED_HERE: dict[str, tuple[Kind, str, Action, str, str]] = {
    "a lift of what is not stopped": (Kind.LINE, LINE, Action.LIFT, "r", "is not stopped"),
    "a peer that is none": (Kind.PEER, "990000", Action.STOP, "r", "NOT_A_MEMBER"),
    "the own province": (Kind.PEER, JIANGSU, Action.STOP, "r", "NOT_OWN"),
    "a key of nobody": (Kind.KEY, "ab" * 32, Action.STOP, "r", "NOT_OWN"),
    "an operator by name": (Kind.OPERATOR, "clerk", Action.STOP, "r", "MALFORMED"),
    "no reason": (Kind.LINE, LINE, Action.STOP, " ", "reason"),
    "a person's number": (Kind.LINE, LINE, Action.STOP, "11010519491231002X", "person"),
}


@pytest.mark.parametrize("what", REFUSED_HERE)
async def test_an_order_that_peers_would_not_take_is_not_given(mesh: Mesh, what: str) -> None:
    kind, subject, action, reason, said = REFUSED_HERE[what]
    with pytest.raises(RefusedError, match=said) as caught:
        await mesh.jiangsu.orders.give(kind, subject, action, reason)

    assert caught.value.refusal.reason is Reason.ORDER_REFUSED
    assert len(mesh.jiangsu.orders.book) == 0


async def test_what_is_stopped_is_not_stopped_again_and_a_draft_of_others_is_signed_instead(mesh: Mesh) -> None:
    await stop_line(mesh.jiangsu)
    with pytest.raises(RefusedError, match="is stopped by order"):
        await stop_line(mesh.jiangsu)
    draft = await mesh.jiangsu.orders.give(Kind.PEER, ANHUI, Action.STOP, "r")
    await carry_all(mesh)
    with pytest.raises(RefusedError, match=f"{draft.order.id} of {JIANGSU} waits"):
        await mesh.zhejiang.orders.give(Kind.PEER, ANHUI, Action.STOP, "r")


async def test_only_orders_against_others_take_further_signatures_and_only_one_of_each(mesh: Mesh) -> None:
    line = await stop_line(mesh.jiangsu)
    draft = await mesh.jiangsu.orders.give(Kind.PEER, ANHUI, Action.STOP, "r")
    await carry_all(mesh)
    for province, order_id in (
        (mesh.zhejiang, line.order.id),
        (mesh.anhui, draft.order.id),
        (mesh.jiangsu, draft.order.id),
        (mesh.zhejiang, "unknown"),
    ):
        with pytest.raises(RefusedError):
            await province.orders.countersign(order_id)


async def test_the_last_signing_key_stops_itself_and_does_not_lift_itself(mesh: Mesh) -> None:
    key = mesh.jiangsu.identity.signing_certificate.fingerprint
    await mesh.jiangsu.orders.give(Kind.KEY, key, Action.STOP, "私钥可能泄露")
    with pytest.raises(RefusedError, match="another key"):
        await mesh.jiangsu.orders.give(Kind.KEY, key, Action.LIFT, "r")


BAD: dict[str, tuple[dict[str, object], str]] = {
    "another province's line": ({"province": ANHUI}, "SIGNATURE_INVALID"),
    "from the future": ({"issued": "2099-01-01T00:00:00+00:00"}, "FROM_THE_FUTURE"),
    "a number beyond all": ({"number": 2**53 - 1}, "NUMBER_TOO_HIGH"),
    "a province that is no member": ({"province": "990000"}, "NOT_A_MEMBER"),
}


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_order_is_refused_counted_on_record_once_and_not_passed_on(mesh: Mesh, what: str) -> None:
    changes, reason = BAD[what]
    bad = signed_by(mesh.zhejiang, **changes).to_json()

    assert await push(mesh, ZHEJIANG, SHANGHAI, bad, b"\x00") == (reason, "MALFORMED")
    assert (await push(mesh, ZHEJIANG, SHANGHAI, bad))[0] == reason
    before = len(mesh.network.calls)
    await mesh.shanghai.order_exchange.carry(ANHUI)

    assert mesh.shanghai.counted == [reason, "MALFORMED", reason]
    assert [(one["peer"], one["reason"]) for one in mesh.shanghai.entries(type="ORDER", step="refused")] == [
        (ZHEJIANG, reason),
        (ZHEJIANG, "MALFORMED"),
    ]
    assert [one.path for one in mesh.network.calls[before:]] == [PULL_ORDERS.path]
    assert not mesh.shanghai.stops


async def test_refused_orders_at_a_peer_do_not_hide_those_that_are_good(mesh: Mesh) -> None:
    """Zhejiang holds a hundred orders that Shanghai's clock does not take yet, and one good one behind them."""
    mesh.clock.move(hours=1)
    for number in range(100):
        await mesh.zhejiang.orders.give(Kind.LINE, f"L-{number}", Action.STOP, "r")
    mesh.clock.move(hours=-1)
    await mesh.zhejiang.orders.give(Kind.LINE, "good", Action.STOP, "r")
    await mesh.shanghai.order_exchange.carry(ZHEJIANG)

    assert mesh.shanghai.stops.get(Scope(Kind.LINE, ZHEJIANG, "good")) is not None
    assert mesh.shanghai.stops.counts()["LINE"] == 1
    mesh.clock.move(hours=1)
    await mesh.shanghai.order_exchange.carry(ZHEJIANG)
    assert mesh.shanghai.stops.counts()["LINE"] == 101


async def test_a_peer_that_pushes_without_end_delays_its_own_orders_and_nobody_elses(mesh: Mesh) -> None:
    flood = [signed_by(mesh.zhejiang, subject=f"L-{number}").to_json() for number in range(4 * MAX_DOCUMENTS)]
    pushes = [
        asyncio.create_task(_pushed(mesh, ZHEJIANG, f"p{start}", flood[start : start + MAX_DOCUMENTS]))
        for start in range(0, len(flood), MAX_DOCUMENTS)
    ]
    await asyncio.sleep(0)
    with pytest.raises(RefusedError) as caught:
        await _pushed(mesh, ZHEJIANG, "one more", flood[:1])
    await _pushed(mesh, ANHUI, "p", [signed_by(mesh.anhui).to_json()])

    assert caught.value.refusal.reason is Reason.OVERLOADED
    assert len(mesh.shanghai.orders.book) < 10
    await asyncio.gather(*pushes)
    assert len(mesh.shanghai.orders.book) == len(flood) + 1


async def _pushed(mesh: Mesh, sender: str, exchange_id: str, sent: list[bytes]) -> None:
    """A push to Shanghai, as its edge hands it on."""
    post = mesh[sender].post
    draft = post.draft_request(OrdersPush(documents=tuple(sent)), recipients=(SHANGHAI,), exchange_id=exchange_id)
    incoming = mesh.shanghai.post.open_request(post.sign(draft), kind=PUSH_ORDERS.request, sender=sender)
    await mesh.shanghai.order_exchange.pushed(incoming)


async def test_orders_of_a_member_that_left_are_not_handed_on(mesh: Mesh) -> None:
    """A node that joins later could not take them, and would be offered them for ever."""
    await mesh.anhui.orders.give(Kind.LINE, "A-1", Action.STOP, "r")
    await stop_line(mesh.jiangsu)
    await carry_all(mesh)
    for node in (mesh.jiangsu, mesh.zhejiang):
        members = tuple(
            replace(one, status=MemberStatus.REMOVED) if one.province == ANHUI else one
            for one in node.membership.members
        )
        node.membership = replace(node.membership, members=members)
    shown = [one.order.subject for one in mesh.jiangsu.orders.shared()]
    before = len(mesh.network.calls)
    await mesh.zhejiang.order_exchange.carry(JIANGSU)

    assert shown == [LINE]
    assert [one.path for one in mesh.network.calls[before:]] == [PULL_ORDERS.path], "the states are equal"


async def test_orders_are_in_force_again_after_a_restart(mesh: Mesh) -> None:
    await stop_line(mesh.jiangsu)
    province, stops = mesh.jiangsu, Stops()
    again = Orders(
        province=JIANGSU,
        store=province.store,
        stops=stops,
        recorder=province.recorder,
        clock=mesh.clock,
        new_id=province.new_id,
        membership=lambda: province.membership,
        signer=province.orders._signer,
        count=lambda _: None,
    )
    again.load()

    assert stops.get(SCOPE) is not None
    assert [one.tag for one in again.book] == [one.tag for one in province.orders.book]


async def test_the_operator_sees_state_missing_signatures_and_how_far_an_order_has_spread(mesh: Mesh) -> None:
    mesh.network.cut(JIANGSU, ANHUI)
    await stop_line(mesh.jiangsu)
    await mesh.jiangsu.orders.give(Kind.PEER, ANHUI, Action.STOP, "节点失控")
    await carry_all(mesh)
    node = mesh.jiangsu
    others = node.directory.others(JIANGSU)
    line, peer = overview(node.orders, node.order_exchange, node.stops, node.membership, others)

    assert (line["state"], line["held_by"], line["not_known_to_be_held_by"]) == (
        "IN_FORCE",
        [SHANGHAI, ZHEJIANG],
        [ANHUI],
    )
    assert (peer["state"], peer["signatures_missing"], peer["may_sign"]) == ("WAITING", 1, [SHANGHAI, ZHEJIANG])
    assert (line["since"], line["signers"]) == (mesh.clock().isoformat(timespec="milliseconds"), [JIANGSU])


async def test_what_was_signed_here_is_signed_again_with_a_new_key_and_nothing_else(mesh: Mesh) -> None:
    """The membership lists Jiangsu's next key first; a lift that a thief made with the old one is not renewed."""
    await stop_line(mesh.jiangsu)
    thief = signed_by(mesh.jiangsu, subject="other", number=1)
    await push(mesh, ZHEJIANG, JIANGSU, thief.to_json())
    assert await mesh.jiangsu.orders.renew() == 0

    _rotate(mesh, mesh.jiangsu)
    await mesh.jiangsu.order_exchange.carry(SHANGHAI)
    assert await mesh.jiangsu.orders.renew() == 0, "it is done"
    signatures = {one.order.subject: len(one.signatures) for one in mesh.jiangsu.orders.book}
    assert signatures == {LINE: 2, "other": 1}
    assert {len(one.signatures) for one in mesh.shanghai.orders.book if one.order.subject == LINE} == {2}
    assert len(mesh.jiangsu.entries(type="ORDER", step="renewed")) == 1


async def test_an_order_against_a_province_that_left_is_not_signed_again(mesh: Mesh) -> None:
    await mesh.jiangsu.orders.give(Kind.PEER, ANHUI, Action.STOP, "r")
    _rotate(mesh, mesh.jiangsu)
    members = tuple(
        replace(one, status=MemberStatus.REMOVED) if one.province == ANHUI else one
        for one in mesh.jiangsu.membership.members
    )
    mesh.jiangsu.membership = replace(mesh.jiangsu.membership, members=members)

    assert await mesh.jiangsu.orders.renew() == 0
    await mesh.jiangsu.order_exchange.carry(ZHEJIANG)


def _rotate(mesh: Mesh, province: Province) -> None:
    """Another signing key of the province, listed by every node before the old one."""
    fresh = new_identity(province.code)
    for node in mesh.all.values():
        members = tuple(
            replace(one, signing=fresh.signing_certificate.pem + one.signing) if one.province == province.code else one
            for one in node.membership.members
        )
        node.membership = replace(node.membership, members=members)
    province.own.identity = fresh


class Wires:
    """The order loops of all nodes, running on the loop's time."""

    def __init__(self, mesh: Mesh, seed: int) -> None:
        self.mesh = mesh
        self.random = Random(seed)

    @asynccontextmanager
    async def running(self, codes: Iterable[str]) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(
                run_orders(other, self.mesh[code].order_exchange, self.mesh[code].health, self.random),
                name=f"orders {code} {other}",
            )
            for code in codes
            for other in self.mesh[code].directory.others(code)
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def seconds_until_stopped(province: Province, limit_s: float = 120.0) -> float:
    """Loop time until the line is stopped there."""
    start = asyncio.get_running_loop().time()
    while province.stops.get(SCOPE) is None:
        await asyncio.sleep(0.1)
        assert asyncio.get_running_loop().time() - start < limit_s
    return asyncio.get_running_loop().time() - start


@pytest.mark.parametrize("seed", range(5))
def test_a_node_that_returns_after_the_orderer_is_gone_has_the_order_within_a_minute(tmp_path: Path, seed: int) -> None:
    """Anhui is cut off when Jiangsu orders; Jiangsu goes down before Anhui returns: only a third peer can tell it."""

    async def scenario() -> float:
        mesh = await Mesh(tmp_path).ready()
        async with Wires(mesh, seed).running(mesh.all):
            await asyncio.sleep(30)
            mesh.network.down(ANHUI)
            await asyncio.sleep(100 + seed)  # long enough for every loop to be at its longest patience
            await stop_line(mesh.jiangsu)
            await asyncio.sleep(1)
            mesh.network.down(JIANGSU)
            assert stopped(mesh) == {SHANGHAI, JIANGSU, ZHEJIANG}
            await asyncio.sleep(7)
            mesh.network.up(ANHUI)
            return await seconds_until_stopped(mesh.anhui)

    assert virtual_time.run(scenario) < 60


def test_an_order_is_everywhere_in_a_second_while_all_are_up_and_two_have_no_path_to_one_another(
    tmp_path: Path,
) -> None:
    async def scenario() -> float:
        mesh = await Mesh(tmp_path).ready()
        mesh.network.cut(JIANGSU, ANHUI)
        async with Wires(mesh, 1).running(mesh.all):
            await asyncio.sleep(50)
            await stop_line(mesh.jiangsu)
            return await seconds_until_stopped(mesh.anhui)

    assert virtual_time.run(scenario) <= 1


@pytest.mark.parametrize("seed", range(5))
def test_on_a_line_of_nodes_with_every_push_lost_comparison_alone_is_fast_enough(tmp_path: Path, seed: int) -> None:
    """Jiangsu - Zhejiang - Shanghai - Anhui: each knows only its neighbours, and no push is ever made: two hops within a minute."""

    async def scenario() -> tuple[float, float]:
        mesh = await Mesh(tmp_path).ready()
        for one, other in ((JIANGSU, SHANGHAI), (JIANGSU, ANHUI), (ZHEJIANG, ANHUI)):
            mesh.network.cut(one, other)
        for node in mesh.all.values():
            node.orders.tell(lambda _order: None)
        async with Wires(mesh, seed).running(mesh.all):
            await asyncio.sleep(40)
            await stop_line(mesh.jiangsu)
            return await seconds_until_stopped(mesh.zhejiang), await seconds_until_stopped(mesh.shanghai)

    first, second = virtual_time.run(scenario)
    assert first <= timedelta(seconds=20).total_seconds()
    assert first + second < 60
