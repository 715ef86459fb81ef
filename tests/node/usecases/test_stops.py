"""What a stop order in force does, at both ends: each kind with its own refusal, running transfers end, and lifting lets all go on."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from itertools import starmap
from typing import Any

import pytest

from federation.errors import PeerError
from federation.methods import DATA, FILE, SEARCH, SUBMIT
from federation.model.application import Output, Result
from federation.model.refusal import Owner, Reason, Refusal
from federation.model.retrieval import DataQuery, FileQuery
from federation.model.search import Answer, Completeness, Outcome, Query
from federation.ports import Incoming, Reply
from federation.post import Post
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.lists import Kind as ListKind
from node.ports.retrieving import RetrieveForm
from node.rpc.retrieval import Frames
from node.usecases.exchange import Answered
from tests.node.usecases.mesh import (
    ANHUI,
    CALLER,
    HOLDER,
    JIANGSU,
    LINE,
    OPERATOR,
    ORG,
    SHANGHAI,
    ZHEJIANG,
    Mesh,
    Province,
    entry,
    outcome,
    record,
)
from tests.node.usecases.papers import sealed_file
from trust.orders import Action, Kind, tls_key_id

MIB = 1 << 20
CERTIFICATE = record(ZHEJIANG)
BYTES = sealed_file(CERTIFICATE.identifier, size=3 * MIB + 100)  # four batches


async def order(mesh: Mesh, code: str, kind: Kind, subject: str, action: Action = Action.STOP) -> str:
    """Given by one province and known to all at once; returns its id."""
    signed = await mesh[code].orders.give(kind, subject, action, "r")
    for one in mesh.all.values():
        if one.code != code:
            assert await one.orders.take(signed.to_json(), code) == ""
    return signed.order.id


async def stop_peer(mesh: Mesh, code: str, action: Action = Action.STOP) -> None:
    """Signed by two others."""
    first, second = (one for one in mesh.all.values() if one.code not in {code, SHANGHAI})
    signed = await first.orders.give(Kind.PEER, code, action, "r")
    await second.orders.take(signed.to_json(), first.code)
    whole = await second.orders.countersign(signed.order.id)
    for one in mesh.all.values():
        assert await one.orders.take(whole.to_json(), second.code) == ""


def operator(mesh: Mesh) -> str:
    return mesh.jiangsu.vault.operator(JIANGSU, OPERATOR.account)


CONSUMERS: dict[str, tuple[Kind, Callable[[Mesh], str], Reason, int]] = {
    "a use-list line": (Kind.LINE, lambda _: LINE, Reason.LINE_STOPPED, 202),
    "a using unit": (Kind.UNIT, lambda _: ORG, Reason.UNIT_STOPPED, 202),
    "an operator": (Kind.OPERATOR, operator, Reason.OPERATOR_STOPPED, 17),
}


@pytest.mark.parametrize("what", CONSUMERS)
async def test_what_the_consumer_stopped_is_refused_at_its_own_counter_and_lifted(mesh: Mesh, what: str) -> None:
    kind, subject, reason, code = CONSUMERS[what]
    order_id = await order(mesh, JIANGSU, kind, subject(mesh))
    before = len(mesh.network.calls)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.submit()
    refusal = caught.value.refusal

    assert (refusal.reason, refusal.code, refusal.owner) == (reason, code, Owner.CALLER)
    assert order_id in refusal.detail
    assert mesh.network.calls[before:] == []
    (entry_,) = mesh.jiangsu.entries(type="APPLY", step="refused")
    assert entry_["refusal"]["reason"] == reason.value
    await order(mesh, JIANGSU, kind, subject(mesh), Action.LIFT)
    assert (await mesh.jiangsu.submit()).verdicts


async def applied(mesh: Mesh) -> str:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    return (await mesh.jiangsu.submit()).application.apply_id


def disobedient(province: Province) -> Post:
    """A province's keys without its node: signs whatever it is given."""
    return Post(province.identity, province.directory, clock=province.clock, monotonic=time.monotonic)


async def ask(mesh: Mesh, method: Any, message: Any, *, exchange_id: str = "e1") -> Any:
    """Ask Zhejiang in Jiangsu's name without Jiangsu's own checks: a consumer that does not obey."""
    post = disobedient(mesh.jiangsu)
    draft = post.draft_request(message, recipients=(ZHEJIANG,), exchange_id=exchange_id)
    reply = await mesh.network.peers_of(JIANGSU).ask(ZHEJIANG, method, draft, post.sign(draft), 1.0)
    return reply.message


def query(apply_id: str, **changes: Any) -> Query:
    return replace(Query(apply_id=apply_id, holder=HOLDER, type_codes=(MINING_TYPE, LAND_TYPE)), **changes)


def use_code(mesh: Mesh, apply_id: str) -> str:
    return next(
        one.use_code for one in mesh.jiangsu.store.read.applications.received(apply_id) if one.provider == ZHEJIANG
    )


PROVIDERS: dict[str, tuple[str, Kind, Callable[[Mesh, str], str], Reason]] = {
    "a use-list line": (JIANGSU, Kind.LINE, lambda _, __: LINE, Reason.LINE_STOPPED),
    "a using unit": (JIANGSU, Kind.UNIT, lambda _, __: ORG, Reason.UNIT_STOPPED),
    "an operator": (JIANGSU, Kind.OPERATOR, lambda mesh, _: operator(mesh), Reason.OPERATOR_STOPPED),
    "an application": (JIANGSU, Kind.APPLICATION, lambda _, apply_id: apply_id, Reason.APPLICATION_STOPPED),
    "a type of the provider": (ZHEJIANG, Kind.TYPE, lambda _, __: MINING_TYPE, Reason.TYPE_STOPPED),
}


@pytest.mark.parametrize("what", PROVIDERS)
async def test_the_provider_gives_nothing_under_what_is_stopped_whatever_the_consumer_says(
    mesh: Mesh, what: str
) -> None:
    giver, kind, subject, reason = PROVIDERS[what]
    apply_id = await applied(mesh)
    await order(mesh, giver, kind, subject(mesh, apply_id))
    wanted = DataQuery(
        apply_id=apply_id, use_code=use_code(mesh, apply_id), identifier=CERTIFICATE.identifier, fields=()
    )

    found: Answer = await ask(mesh, SEARCH, query(apply_id, type_codes=(MINING_TYPE,)))
    data = await ask(mesh, DATA, wanted, exchange_id="e2")

    assert (found.outcome, found.items) == (Outcome.DENIED, ())
    assert found.refusal is not None
    assert found.refusal.reason is reason
    assert data.refusal.reason is reason
    assert mesh.zhejiang.entries(type="RETRIEVE", step="answered")[0]["refusal"]["reason"] == reason.value

    await order(mesh, giver, kind, subject(mesh, apply_id), Action.LIFT)
    assert (await ask(mesh, DATA, wanted, exchange_id="e3")).refusal is None, "the use was not spent"


async def test_an_application_under_a_stopped_line_is_rejected_also_when_it_passed_before(mesh: Mesh) -> None:
    application = (await mesh.jiangsu.submit()).application
    first = await ask(mesh, SUBMIT, application, exchange_id="again")
    await order(mesh, JIANGSU, Kind.LINE, LINE)
    second = await ask(mesh, SUBMIT, application, exchange_id="new")

    assert (first.result, second.result) == (Result.PASS, Result.REJECT)
    assert second.reasons[0].reason is Reason.LINE_STOPPED
    with pytest.raises(PeerError) as caught:
        await ask(mesh, SUBMIT, application, exchange_id="again")
    assert caught.value.refusal.reason is Reason.LINE_STOPPED


async def test_an_answer_given_before_is_not_given_again_under_a_stop(mesh: Mesh) -> None:
    apply_id = await applied(mesh)
    wanted = DataQuery(
        apply_id=apply_id, use_code=use_code(mesh, apply_id), identifier=CERTIFICATE.identifier, fields=()
    )
    assert (await ask(mesh, DATA, wanted)).refusal is None
    assert (await ask(mesh, DATA, wanted)).refusal is None
    await order(mesh, JIANGSU, Kind.UNIT, ORG)
    with pytest.raises(PeerError) as caught:
        await ask(mesh, DATA, wanted)

    assert caught.value.refusal.reason is Reason.UNIT_STOPPED
    assert mesh.zhejiang.entries(type="REFUSE", exchange="e1")[0]["refusal"]["reason"] == "UNIT_STOPPED"


async def test_a_stopped_type_is_left_out_and_the_answer_says_so(mesh: Mesh) -> None:
    land = record(ZHEJIANG, LAND_TYPE, serial="2")
    await mesh.zhejiang.keep(CERTIFICATE, land)
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    await order(mesh, ZHEJIANG, Kind.TYPE, MINING_TYPE)
    answer = await mesh.jiangsu.find(apply_id)
    told = outcome(answer, ZHEJIANG)

    assert [one.item.identifier for one in answer.items] == [land.identifier]
    assert (told.outcome, told.refusal and told.refusal.reason) == (Outcome.OK, Reason.TYPE_STOPPED)


async def test_a_province_that_stopped_all_types_asked_for_is_not_asked(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit(type_codes=(MINING_TYPE,))).application.apply_id
    await order(mesh, ZHEJIANG, Kind.TYPE, MINING_TYPE)
    before = len(mesh.network.calls)
    answer = await mesh.jiangsu.find(apply_id)

    assert outcome(answer, ZHEJIANG).outcome is Outcome.DENIED
    assert ZHEJIANG not in [one.receiver for one in mesh.network.calls[before:]]
    later = (await mesh.jiangsu.submit(type_codes=(MINING_TYPE,))).verdicts
    assert {one.province: one.verdict.reasons[0].reason for one in later if one.verdict} == {
        ZHEJIANG: Reason.TYPE_STOPPED
    }


async def test_another_provinces_line_of_the_same_name_goes_on(mesh: Mesh) -> None:
    await order(mesh, SHANGHAI, Kind.LINE, LINE)

    assert (await mesh.jiangsu.submit()).verdicts


async def test_the_provinces_own_units_are_bound_by_it_too(mesh: Mesh) -> None:
    own = record(JIANGSU, LAND_TYPE)
    await mesh.jiangsu.keep(own)
    form = await mesh.wish(own, province=JIANGSU)
    await order(mesh, JIANGSU, Kind.TYPE, LAND_TYPE)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(CALLER, form)

    assert caught.value.refusal.reason is Reason.TYPE_STOPPED


async def test_a_search_and_a_wish_under_a_stopped_application_are_refused_at_the_counter(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE)
    form = await mesh.wish(CERTIFICATE)
    await order(mesh, JIANGSU, Kind.APPLICATION, form.apply_id)
    before = len(mesh.network.calls)
    for call in (mesh.jiangsu.find(form.apply_id), mesh.jiangsu.retrieval.data(CALLER, form)):
        with pytest.raises(RefusedError) as caught:
            await call
        assert caught.value.refusal.reason is Reason.APPLICATION_STOPPED
    assert mesh.network.calls[before:] == []


class Tap:
    """A file stream in which something happens behind a given batch."""

    def __init__(self, province: Province, after: int, happens: Callable[[], Awaitable[Any]]) -> None:
        self._province, self._after, self._happens = province, after, happens
        self.batches = 0

    async def __call__(self, incoming: Incoming[Any]) -> tuple[Answered, AsyncGenerator[list[bytes], None]]:
        answer = await self._province.delivery.file(incoming)
        return answer.answered, self._tapped(Frames(answer, incoming.exchange_id))

    async def _tapped(self, source: Frames) -> AsyncGenerator[list[bytes], None]:
        async with aclosing(source):
            async for batch in source:
                self.batches += 1
                yield batch
                if self.batches == self._after:
                    await self._happens()


async def wish(mesh: Mesh) -> RetrieveForm:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    return await mesh.wish(CERTIFICATE, key="k", original=True)


def tap(mesh: Mesh, happens: Callable[[], Awaitable[Any]], after: int = 1) -> Tap:
    tapped = Tap(mesh.zhejiang, after, happens)
    mesh.network.join(mesh.zhejiang.post, mesh.zhejiang.handlers() | {FILE.path: tapped}, health=mesh.zhejiang.health)
    return tapped


RUNNING: dict[str, tuple[str, Kind, Callable[[Mesh, str], str], Reason]] = {
    **PROVIDERS,
    "the consumer's signing key": (
        JIANGSU,
        Kind.KEY,
        lambda mesh, _: mesh.jiangsu.identity.signing_certificate.fingerprint,
        Reason.KEY_STOPPED,
    ),
}


@pytest.mark.parametrize("what", RUNNING)
async def test_a_running_stream_ends_at_the_provider_and_that_is_on_record(mesh: Mesh, what: str) -> None:
    """Only the provider knows of the order: it sends no further batch."""
    giver, kind, subject, reason = RUNNING[what]
    form = await wish(mesh)

    async def stop() -> None:
        signed = await mesh[giver].orders.give(kind, subject(mesh, form.apply_id), Action.STOP, "r")
        await mesh.zhejiang.orders.take(signed.to_json(), giver)
        if giver == JIANGSU:
            mesh.jiangsu.stops.replace({})

    tapped = tap(mesh, stop)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, form)
    (ended,) = mesh.zhejiang.entries(type="RETRIEVE", step="ended")

    assert caught.value.refusal.reason is reason
    assert tapped.batches == 1
    assert ended["refusal"]["reason"] == reason.value
    assert mesh.jiangsu.entries(type="RETRIEVE", step="refused")[0]["refusal"]["reason"] == reason.value


@pytest.mark.parametrize("what", PROVIDERS)
async def test_a_running_stream_ends_at_the_consumer_and_nothing_of_it_is_kept(mesh: Mesh, what: str) -> None:
    """Only the consumer knows of the order: it takes no further batch."""
    giver, kind, subject, reason = PROVIDERS[what]
    form = await wish(mesh)

    async def stop() -> None:
        signed = await mesh[giver].orders.give(kind, subject(mesh, form.apply_id), Action.STOP, "r")
        await mesh.jiangsu.orders.take(signed.to_json(), giver)
        if giver == ZHEJIANG:
            mesh.zhejiang.stops.replace({})

    tap(mesh, stop)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, form)

    assert caught.value.refusal.reason is reason
    assert [one for one in mesh.jiangsu.spool._root.rglob("*") if one.is_file()] == []


async def test_a_file_that_is_being_handed_on_at_the_counter_can_be_ended_and_that_is_on_record(mesh: Mesh) -> None:
    received = await mesh.jiangsu.retrieval.file(CALLER, await wish(mesh))
    await mesh.jiangsu.retrieval.cut(received)
    assert received.stopped() is None
    assert mesh.jiangsu.entries(type="RETRIEVE", step="ended") == []
    await order(mesh, JIANGSU, Kind.OPERATOR, operator(mesh))
    await mesh.jiangsu.retrieval.cut(received)
    (ended,) = mesh.jiangsu.entries(type="RETRIEVE", step="ended")

    assert (ended["exchange"], ended["refusal"]["reason"]) == (received.exchange_id, "OPERATOR_STOPPED")


async def test_a_running_stream_goes_on_under_a_stop_on_something_else(mesh: Mesh) -> None:
    form = await wish(mesh)
    tap(mesh, lambda: order(mesh, JIANGSU, Kind.LINE, "another"))

    assert (await mesh.jiangsu.retrieval.file(CALLER, form)).path.read_bytes() == BYTES


async def test_a_running_stream_of_a_stopped_peer_ends_at_the_consumer(mesh: Mesh) -> None:
    """Whatever the stopped province still sends: the batch behind the order is thrown away."""
    form = await wish(mesh)
    tapped = tap(mesh, lambda: stop_peer(mesh, ZHEJIANG))
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, form)

    assert caught.value.refusal.reason is Reason.PEER_STOPPED
    assert tapped.batches == 2


async def test_a_stream_to_a_stopped_peer_ends_at_the_provider(mesh: Mesh) -> None:
    form = await wish(mesh)

    async def stop() -> None:
        await stop_peer(mesh, JIANGSU)
        mesh.jiangsu.stops.replace({})

    tapped = tap(mesh, stop)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, form)

    assert caught.value.refusal.reason is Reason.PEER_STOPPED
    assert tapped.batches == 1


async def test_a_resumed_stream_under_a_stop_is_refused(mesh: Mesh) -> None:
    form = await wish(mesh)
    mesh.network.break_stream(ZHEJIANG, 1)
    with pytest.raises(RefusedError):
        await mesh.jiangsu.retrieval.file(CALLER, form)
    await order(mesh, ZHEJIANG, Kind.TYPE, MINING_TYPE)
    mesh.jiangsu.stops.replace({})
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, form)

    assert caught.value.refusal.reason is Reason.TYPE_STOPPED


async def test_a_stopped_peer_is_not_asked_and_its_calls_are_refused(mesh: Mesh) -> None:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    await stop_peer(mesh, ANHUI)
    before = len(mesh.network.calls)
    submitted = {one.province: one for one in (await mesh.jiangsu.submit()).verdicts}
    answer = await mesh.jiangsu.find(apply_id)

    assert ANHUI not in [one.receiver for one in mesh.network.calls[before:]]
    assert (submitted[ANHUI].outcome, submitted[ANHUI].refusal) == ("SKIPPED", mesh.jiangsu.stops.peer(ANHUI))
    assert outcome(answer, ANHUI).outcome is Outcome.SKIPPED
    assert answer.completeness is Completeness.INCOMPLETE, "nobody knows what Anhui holds"
    with pytest.raises(PeerError) as caught:
        await mesh.anhui.publications.exchange_with(ZHEJIANG)
    assert caught.value.refusal.reason is Reason.PEER_STOPPED


async def test_a_stopped_peer_keeps_its_last_lists_and_goes_on_after_the_lift(mesh: Mesh) -> None:
    await stop_peer(mesh, ANHUI)
    assert mesh.jiangsu.lists.version(ListKind.CATALOGUE, ANHUI) == 1
    await stop_peer(mesh, ANHUI, Action.LIFT)

    await mesh.anhui.publications.exchange_with(ZHEJIANG)
    _, answer = await mesh.found()
    assert outcome(answer, ANHUI).outcome is Outcome.EMPTY


async def test_stop_orders_go_to_and_from_a_stopped_peer(mesh: Mesh) -> None:
    await stop_peer(mesh, ANHUI)
    await mesh.anhui.orders.give(Kind.LINE, "A-1", Action.STOP, "r")
    await mesh.anhui.order_exchange.carry(ZHEJIANG)
    await mesh.zhejiang.order_exchange.carry(ANHUI)

    assert mesh.zhejiang.stops.counts()["LINE"] == 1


async def test_a_notice_to_a_stopped_peer_waits_for_the_lift(mesh: Mesh) -> None:
    await mesh.anhui.keep(record(ANHUI, LAND_TYPE))
    form = await mesh.wish(record(ANHUI, LAND_TYPE))
    await mesh.jiangsu.retrieval.data(CALLER, form)
    await stop_peer(mesh, JIANGSU)
    for _ in range(10):
        with pytest.raises(PeerError):
            await mesh.anhui.outbox.deliver_next(JIANGSU)
    head = mesh.anhui.store.read.notices.head(JIANGSU)

    assert head is not None
    assert head.attempts == 0


async def test_messages_under_a_stopped_signing_key_are_believed_in_neither_direction(mesh: Mesh) -> None:
    await order(mesh, ZHEJIANG, Kind.KEY, mesh.zhejiang.identity.signing_certificate.fingerprint)
    for one, other in ((mesh.jiangsu, ZHEJIANG), (mesh.zhejiang, JIANGSU)):
        with pytest.raises(PeerError) as caught:
            await one.publications.exchange_with(other)
        assert caught.value.refusal.reason is Reason.KEY_STOPPED


async def test_nothing_is_sealed_to_a_stopped_encryption_key(mesh: Mesh) -> None:
    await order(mesh, ZHEJIANG, Kind.KEY, mesh.zhejiang.identity.encryption_certificate.fingerprint)
    before = len(mesh.network.calls)
    with pytest.raises(PeerError) as caught:
        await mesh.jiangsu.publications.exchange_with(ZHEJIANG)

    assert caught.value.refusal.reason is Reason.KEY_STOPPED
    assert mesh.network.calls[before:] == []


async def test_a_publication_under_a_stopped_key_is_not_taken_and_the_old_one_stays(mesh: Mesh) -> None:
    """The message comes under a good key; the document in it was signed with the stopped one."""
    await mesh.zhejiang.publications.publish(ListKind.CATALOGUE, (entry(ZHEJIANG, MINING_TYPE),))
    barred = mesh.zhejiang.identity.signing_certificate.fingerprint
    mesh.jiangsu.publications._intake._bar = OneKey(barred)
    await mesh.jiangsu.publications.exchange_with(ZHEJIANG)

    assert mesh.jiangsu.lists.version(ListKind.CATALOGUE, ZHEJIANG) == 1
    assert len(mesh.jiangsu.ids(ZHEJIANG)) == 2


class OneKey:
    """Bars one key, and nothing else."""

    def __init__(self, key_id: str) -> None:
        self._key_id = key_id

    def message(self, sender: str, key_id: str) -> Refusal | None:
        return Refusal(reason=Reason.KEY_STOPPED, detail="order o1") if key_id == self._key_id else None

    def call(self, province: str) -> Refusal | None:
        return None

    def channel(self, province: str, certificate: bytes) -> Refusal | None:
        return None


async def test_a_province_is_not_called_over_a_stopped_channel_key_but_for_orders(mesh: Mesh) -> None:
    await order(mesh, ZHEJIANG, Kind.KEY, tls_key_id(mesh.zhejiang.identity.tls_certificate_pem.decode()))
    with pytest.raises(PeerError) as caught:
        await mesh.jiangsu.publications.exchange_with(ZHEJIANG)
    await mesh.jiangsu.order_exchange.carry(ZHEJIANG)

    assert caught.value.refusal.reason is Reason.KEY_STOPPED


async def test_a_connection_under_a_stopped_channel_key_is_not_served(mesh: Mesh) -> None:
    pem = mesh.zhejiang.identity.tls_certificate_pem
    await order(mesh, ZHEJIANG, Kind.KEY, tls_key_id(pem.decode()))
    refusals = list(starmap(mesh.jiangsu.bar.channel, ((ZHEJIANG, pem), (JIANGSU, pem))))

    assert [one and one.reason for one in refusals] == [Reason.KEY_STOPPED, None]


async def test_no_personal_data_in_what_an_order_on_an_operator_leaves(mesh: Mesh) -> None:
    await order(mesh, JIANGSU, Kind.OPERATOR, operator(mesh))
    for one in mesh.all.values():
        assert OPERATOR.account not in str(one.entries(type="ORDER"))
        assert OPERATOR.account.encode() not in b"".join(each.document for each in one.store.read.orders.all())


async def test_an_operators_digest_is_the_same_everywhere_and_another_provinces_clerk_is_another(mesh: Mesh) -> None:
    digests = {one.vault.operator(JIANGSU, "clerk-7") for one in mesh.all.values()}

    assert len(digests) == 1
    assert mesh.jiangsu.vault.operator(ANHUI, "clerk-7") not in digests


async def test_a_file_is_not_granted_under_a_stop(mesh: Mesh) -> None:
    apply_id = await applied(mesh)
    await order(mesh, JIANGSU, Kind.LINE, LINE)
    wanted = FileQuery(
        apply_id=apply_id, use_code=use_code(mesh, apply_id), identifier=CERTIFICATE.identifier, original=True
    )
    post = disobedient(mesh.jiangsu)
    draft = post.draft_request(wanted, recipients=(ZHEJIANG,), exchange_id="f1")
    async with aclosing(mesh.network.peers_of(JIANGSU).fetch(ZHEJIANG, draft, post.sign(draft), 1.0)) as items:
        head = await anext(items)

    assert isinstance(head, Reply)
    assert head.message.refusal is not None
    assert head.message.refusal.reason is Reason.LINE_STOPPED
    assert mesh.zhejiang.store.read.applications.given(JIANGSU, apply_id) is not None
    assert Output.ORIGINAL.value in [one["output"] for one in mesh.zhejiang.entries(type="RETRIEVE")]
