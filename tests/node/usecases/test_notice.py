"""Notices of use: who is told, what they say, and how the outbox gets them there. Clause 8.4, DESIGN §6.5."""

import json
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from federation.errors import PeerError
from federation.methods import NOTICE
from federation.model.application import Holder, Output
from federation.model.notice import Addressee, Notice, NoticeRequest, from_event
from federation.model.refusal import Reason
from federation.ports import Incoming
from node.errors import RefusedError
from node.library.holder import make_citizen_id
from node.library.record import CertificateRecord
from node.ports.notices import Letter, OutboxState
from node.ports.services import SearchForm
from node.ports.store import Nouns
from node.usecases.exchange import Answered
from node.usecases.notice import MOST_DEAD, REFUSALS_UNTIL_DEAD
from tests.node.usecases.mesh import ANHUI, CALLER, HOLDER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, record
from tests.node.usecases.papers import sealed_file
from trust.signed_event import of_parts, read, sign, verify

CERTIFICATE = record(ZHEJIANG)  # its holder, a company, is registered in Jiangsu


async def use(mesh: Mesh, certificate: CertificateRecord = CERTIFICATE) -> str:
    """Jiangsu retrieves face data of a certificate from Zhejiang; the exchange id."""
    await mesh.zhejiang.keep(certificate)
    holder = certificate.holders[0]
    apply_id = (await mesh.jiangsu.submit(holder=holder)).application.apply_id
    await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=holder))
    form = replace(await mesh.wish(certificate), apply_id=apply_id)
    return (await mesh.jiangsu.retrieval.data(CALLER, form)).exchange_id


def pending(mesh: Mesh, peer: str = JIANGSU) -> dict[str, int]:
    counts = mesh.zhejiang.store.read.notices.outbox_counts()
    return {state.value: count for (one, state), count in counts.items() if one == peer}


def received(mesh: Mesh, province: str) -> list[Notice]:
    handle = mesh[province].vault.handle(HOLDER.type_code, HOLDER.code)
    return [from_event(one.event) for one in mesh[province].store.read.notices.uses_of(handle, 100)]


async def drain(mesh: Mesh, peer: str = JIANGSU) -> None:
    while await mesh.zhejiang.outbox.deliver_next(peer):
        pass


async def test_issuer_and_holder_are_told_each_in_their_province(mesh: Mesh) -> None:
    await use(mesh)
    await drain(mesh)

    assert [one.addressee for one in received(mesh, ZHEJIANG)] == [Addressee.ISSUER]
    assert [one.addressee for one in received(mesh, JIANGSU)] == [Addressee.HOLDER]


async def test_the_outbox_of_the_peer_is_woken_and_no_other(mesh: Mesh) -> None:
    mesh.zhejiang.woken.clear()
    await use(mesh)

    assert mesh.zhejiang.woken == [JIANGSU]


@pytest.mark.parametrize("batches", [0, 1])
async def test_the_outbox_is_woken_also_when_the_peer_hangs_up_in_the_middle_of_a_file(
    mesh: Mesh, batches: int
) -> None:
    certificate = record(ZHEJIANG)
    await mesh.zhejiang.keep(certificate, file=sealed_file(certificate.identifier, size=3 << 20))
    form = await mesh.wish(certificate, key="k")
    mesh.zhejiang.woken.clear()
    wish = await mesh.jiangsu.wishes.check(CALLER, form, Output.FILE)
    draft = mesh.jiangsu.direct.draft_request(wish.file_query(), recipients=(ZHEJIANG,), exchange_id=wish.exchange_id)
    async with aclosing(
        mesh.network.peers_of(JIANGSU).fetch(ZHEJIANG, draft, mesh.jiangsu.direct.sign(draft), 5.0)
    ) as items:
        for _ in range(1 + batches):
            await anext(items)

    assert mesh.zhejiang.woken == [JIANGSU]
    assert mesh.zhejiang.provider._told == {}


async def test_the_outbox_is_woken_when_the_notice_is_durable(mesh: Mesh) -> None:
    """Woken earlier, it finds nothing and sleeps until its next round."""
    await use(mesh)

    assert not mesh.zhejiang.woken_early


@pytest.mark.parametrize(
    ("holder", "told"),
    [
        pytest.param(Holder(code=make_citizen_id(ANHUI, date(1980, 1, 1), 1), type_code="111"), ANHUI, id="of Anhui"),
        pytest.param(
            Holder(code=make_citizen_id("110000", date(1980, 1, 1), 1), type_code="111"), ZHEJIANG, id="of no member"
        ),
        pytest.param(Holder(code="E12345678", type_code="414"), ZHEJIANG, id="whose number names no province"),
    ],
)
async def test_a_holder_is_told_at_home_or_else_by_the_provider(mesh: Mesh, holder: Holder, told: str) -> None:
    await use(mesh, replace(CERTIFICATE, holders=(holder,)))
    await drain(mesh, ANHUI)
    handle = mesh[told].vault.handle(holder.type_code, holder.code)
    addressees = [one.addressee for one in mesh[told].store.read.notices.uses_of(handle, 10)]

    assert Addressee.HOLDER.value in addressees


async def test_the_holders_handle_is_equal_in_both_provinces_and_holds_no_number(mesh: Mesh) -> None:
    await use(mesh)
    await drain(mesh)
    (mine,), (theirs,) = received(mesh, JIANGSU), received(mesh, ZHEJIANG)

    assert mine.holder_handle == theirs.holder_handle
    assert HOLDER.code not in mine.holder_handle


async def test_a_notice_names_no_person_and_no_content(mesh: Mesh) -> None:
    await use(mesh)
    item = mesh.zhejiang.store.read.notices.head(JIANGSU)
    assert item is not None
    event = item.event.decode()

    assert not [text for text in (HOLDER.code, HOLDER.name, "面值", "经办人") if text in event]


async def test_a_notice_says_who_used_what_for_which_matter(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    await drain(mesh)
    (notice,) = received(mesh, JIANGSU)

    assert (notice.exchange_id, notice.certificate_identifier) == (exchange_id, CERTIFICATE.identifier)
    assert (notice.use_org_code, notice.item_name, notice.use_cause) == (CALLER.use_org_code, "样例事项", "样例用途")
    assert (notice.provider, notice.consumer, notice.output) == (ZHEJIANG, JIANGSU, "DATA")


async def test_a_notice_is_a_cloud_event(mesh: Mesh) -> None:
    await use(mesh)
    item = mesh.zhejiang.store.read.notices.head(JIANGSU)
    assert item is not None
    event = json.loads(item.event)

    assert (event["specversion"], event["source"]) == ("1.0", "urn:certmesh:node:330000")
    assert event["id"] == item.notice_id


async def test_a_peer_that_is_down_keeps_its_queue_and_gets_it_in_order(mesh: Mesh) -> None:
    mesh.network.down(ANHUI)
    holder = Holder(code=make_citizen_id(ANHUI, date(1980, 1, 1), 1), type_code="111")
    certificates = [replace(record(ZHEJIANG, serial=str(n)), holders=(holder,)) for n in (1, 2, 3)]
    uses = [await use(mesh, one) for one in certificates]
    with pytest.raises(PeerError):
        await mesh.zhejiang.outbox.deliver_next(ANHUI)
    waiting = pending(mesh, ANHUI)
    mesh.network.up(ANHUI)
    await drain(mesh, ANHUI)
    arrived = [one["use"] for one in mesh.anhui.entries(type="NOTICE")]

    assert waiting == {"PENDING": 3}
    assert (pending(mesh, ANHUI), arrived) == ({"DELIVERED": 3}, uses)


async def test_a_peer_that_is_away_does_not_use_up_the_attempts(mesh: Mesh) -> None:
    await use(mesh)
    mesh.network.down(JIANGSU)
    for _ in range(REFUSALS_UNTIL_DEAD + 1):
        with pytest.raises(PeerError):
            await mesh.zhejiang.outbox.deliver_next(JIANGSU)

    assert pending(mesh) == {"PENDING": 1}


async def test_a_notice_refused_five_times_is_dead_on_record_and_the_next_one_goes(mesh: Mesh) -> None:
    async def refuse(_: Incoming[Any]) -> Answered:
        raise RefusedError(Reason.BAD_PARAMETER, "no")

    await use(mesh)
    await use(mesh, record(ZHEJIANG, serial="2"))
    mesh.network.join(mesh.jiangsu.post, mesh.jiangsu.handlers() | {NOTICE.path: refuse})
    for _ in range(REFUSALS_UNTIL_DEAD - 1):
        with pytest.raises(PeerError):
            await mesh.zhejiang.outbox.deliver_next(JIANGSU)
    buried = await mesh.zhejiang.outbox.deliver_next(JIANGSU)
    mesh.network.join(mesh.jiangsu.post, mesh.jiangsu.handlers())
    await drain(mesh)
    (dead,) = mesh.zhejiang.entries(step="dead")

    assert buried
    assert pending(mesh) == {"DEAD": 1, "DELIVERED": 1}
    assert dead["refusal"] == {"code": 4, "reason": "BAD_PARAMETER", "by": JIANGSU}


@pytest.mark.parametrize(
    "reason",
    [
        Reason.CLOCK_SKEW,
        Reason.SIGNATURE_INVALID,
        Reason.NOT_A_MEMBER,
        Reason.CERTIFICATE_REVOKED,
        Reason.REVOCATION_STALE,
    ],
)
async def test_a_clock_or_a_key_that_is_out_of_order_costs_no_notice(mesh: Mesh, reason: Reason) -> None:
    async def refuse(_: Incoming[Any]) -> Answered:
        raise RefusedError(reason, "not now")

    await use(mesh)
    mesh.network.join(mesh.jiangsu.post, {**mesh.jiangsu.handlers(), NOTICE.path: refuse})
    for _ in range(REFUSALS_UNTIL_DEAD + 3):
        with pytest.raises(PeerError):
            await mesh.zhejiang.outbox.deliver_next(JIANGSU)
    waiting = pending(mesh)
    mesh.network.join(mesh.jiangsu.post, mesh.jiangsu.handlers())
    await drain(mesh)

    assert set(waiting) == {"PENDING"}
    assert pending(mesh) == {"DELIVERED": waiting["PENDING"]}


async def test_a_dead_notice_can_be_set_going_again(mesh: Mesh) -> None:
    await use(mesh)
    item = mesh.zhejiang.store.read.notices.head(JIANGSU)
    assert item is not None
    await mesh.zhejiang.store.transact(lambda nouns: nouns.notices.settle(item.seq, OutboxState.DEAD))
    await mesh.zhejiang.store.transact(lambda nouns: nouns.notices.settle(item.seq, OutboxState.PENDING))
    await drain(mesh)

    assert len(received(mesh, JIANGSU)) == 1


async def test_a_notice_whose_receipt_was_lost_is_kept_once(mesh: Mesh) -> None:
    await use(mesh)
    mesh.network.lose_answers(JIANGSU)
    with pytest.raises(PeerError):
        await mesh.zhejiang.outbox.deliver_next(JIANGSU)
    await drain(mesh)

    assert len(received(mesh, JIANGSU)) == 1
    assert [one.get("repeated", False) for one in mesh.jiangsu.entries(type="NOTICE")] == [False, True]
    assert pending(mesh) == {"DELIVERED": 1}


async def test_delivery_is_on_record_on_both_sides_with_each_others_digests(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    await drain(mesh)
    (sent,) = mesh.zhejiang.entries(type="NOTICE", step="delivered")
    (got,) = mesh.jiangsu.entries(type="NOTICE")

    assert (sent["request"], sent["answer"], sent["content"]) == (got["request"], got["answer"], got["content"])
    assert sent["exchange"] == got["exchange"] == sent["notice"]
    assert sent["use"] == got["use"] == exchange_id


async def test_the_receipt_names_the_notice(mesh: Mesh) -> None:
    await use(mesh)
    item = mesh.zhejiang.store.read.notices.head(JIANGSU)
    assert item is not None
    await drain(mesh)
    (given,) = mesh.zhejiang.entries(type="RETRIEVE")

    assert item.notice_id in given["notices"]
    assert [one["notice"] for one in mesh.jiangsu.entries(type="NOTICE")] == [item.notice_id]


def signed_by(mesh: Mesh, province: str, event: bytes) -> NoticeRequest:
    """An event as a province signs it."""
    identity = mesh[province].identity
    told = sign(event, certificate=identity.signing_certificate, signer=identity.signing_key.sign)
    return NoticeRequest(event=event, certificate=told.certificate.der, signature=told.signature)


async def send(mesh: Mesh, event: bytes, sender: str = SHANGHAI, **changes: bytes) -> Reason:
    """Send an event, signed by its sender but for what is changed, to Jiangsu, which must refuse it."""
    post, request = mesh[sender].direct, replace(signed_by(mesh, sender, event), **changes)
    draft = post.draft_request(request, recipients=(JIANGSU,), exchange_id="e1")
    with pytest.raises(PeerError) as caught:
        await mesh.network.peers_of(sender).ask(JIANGSU, NOTICE, draft, post.sign(draft), 1.0)
    return caught.value.refusal.reason


async def test_a_notice_that_names_another_provider_is_refused_on_record(mesh: Mesh) -> None:
    await use(mesh)
    item = mesh.zhejiang.store.read.notices.head(JIANGSU)
    assert item is not None
    reason = await send(mesh, item.event)
    (refused,) = mesh.jiangsu.entries(type="REFUSE")

    assert (reason, refused["peer"], received(mesh, JIANGSU)) == (Reason.BAD_PARAMETER, SHANGHAI, [])


@pytest.mark.parametrize(
    ("signer", "changes"),
    [
        pytest.param(ZHEJIANG, {"certificate": b"", "signature": b""}, id="not signed, as an older peer sends it"),
        pytest.param(ZHEJIANG, {"signature": bytes(64)}, id="a signature of something else"),
        pytest.param(SHANGHAI, {}, id="signed by another member"),
        pytest.param(ZHEJIANG, {"certificate": b"der"}, id="no certificate"),
    ],
)
async def test_a_notice_without_its_makers_signature_is_refused_on_record(
    mesh: Mesh, signer: str, changes: dict[str, bytes]
) -> None:
    await use(mesh)
    item = mesh.zhejiang.store.read.notices.head(JIANGSU)
    assert item is not None
    made = signed_by(mesh, signer, item.event)
    parts = {"certificate": made.certificate, "signature": made.signature, **changes}
    reason = await send(mesh, item.event, ZHEJIANG, **parts)
    (refused,) = mesh.jiangsu.entries(type="REFUSE")

    assert (reason, refused["peer"], received(mesh, JIANGSU)) == (Reason.BAD_PARAMETER, ZHEJIANG, [])


async def test_a_notice_is_signed_once_and_every_attempt_carries_the_same_signature(mesh: Mesh) -> None:
    await use(mesh)
    mesh.network.down(JIANGSU)
    signatures = set()
    for _ in range(3):
        with pytest.raises(PeerError):
            await mesh.zhejiang.outbox.deliver_next(JIANGSU)
        (letter,) = mesh.zhejiang.store.read.notices.letters(JIANGSU, OutboxState.PENDING, None, 9)
        signatures.add((letter.event, letter.certificate, letter.signature))
    ((event, certificate, signature),) = signatures
    told = of_parts(event, certificate, signature)

    assert verify(read(told.to_json()), mesh.zhejiang.directory.membership) == ZHEJIANG


async def test_a_delivered_notice_keeps_the_receipt_of_its_receiver(mesh: Mesh) -> None:
    await use(mesh)
    await drain(mesh)
    (letter,) = mesh.zhejiang.store.read.notices.letters(JIANGSU, OutboxState.DELIVERED, None, 9)
    (got,) = mesh.jiangsu.entries(type="NOTICE")

    assert (letter.receipt, letter.settled_at) == (got["answer"], mesh.clock())


async def test_where_too_many_are_dead_the_next_is_not_passed_over(mesh: Mesh) -> None:
    async def refuse(_: Incoming[Any]) -> Answered:
        raise RefusedError(Reason.BAD_PARAMETER, "no")

    def bury(nouns: Nouns) -> None:
        for number in range(MOST_DEAD):
            nouns.notices.enqueue(
                Letter(target=JIANGSU, notice_id=f"d{number}", event=b"", queued_at=mesh.clock(), deferred=True)
            )
        for item in nouns.notices.letters(JIANGSU, OutboxState.DEFERRED, None, MOST_DEAD):
            nouns.notices.settle(item.seq, OutboxState.DEAD)

    await use(mesh)
    await mesh.zhejiang.store.transact(bury)
    mesh.network.join(mesh.jiangsu.post, mesh.jiangsu.handlers() | {NOTICE.path: refuse})
    for _ in range(REFUSALS_UNTIL_DEAD + 2):
        with pytest.raises(PeerError):
            await mesh.zhejiang.outbox.deliver_next(JIANGSU)

    assert pending(mesh) == {"PENDING": 1, "DEAD": MOST_DEAD}


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"[" * 16_000, id="JSON without end"),
        pytest.param(b'{"specversion":"1.0","type":"other"}', id="another type"),
        pytest.param(b'{"specversion":"1.0","type":"cn.certmesh.certificate.used.v1","data":{}}', id="no fields"),
    ],
)
async def test_what_is_no_notice_is_refused_on_record(mesh: Mesh, event: bytes) -> None:
    reason = await send(mesh, event)
    (refused,) = mesh.jiangsu.entries(type="REFUSE")

    assert (reason, refused["refusal"]["reason"]) == (Reason.BAD_PARAMETER, "BAD_PARAMETER")


async def test_an_empty_queue_has_nothing_to_deliver(mesh: Mesh) -> None:
    assert not await mesh.zhejiang.outbox.deliver_next(JIANGSU)
