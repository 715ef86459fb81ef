"""A deferral holds what has not left: while a keeper signs, after a letter died, and on its way. Clause 8.4."""

from collections.abc import Callable
from typing import Any

import pytest

from federation.errors import PeerError
from federation.methods import NOTICE
from federation.model.refusal import Reason
from federation.ports import Incoming
from node.errors import RefusedError
from node.ports.deferrals import Deferral
from node.ports.notices import OutboxState
from node.ports.signing import Signatory
from node.ports.webhooks import HookAnswer
from node.usecases.exchange import Answered
from node.usecases.notice import REFUSALS_UNTIL_DEAD
from node.usecases.telling.hooks import HookLaterError
from tests.node.usecases.mesh import JIANGSU, Mesh, Province
from tests.node.usecases.telling.systems import APP, Systems, hooks_of
from tests.node.usecases.telling.test_deferring import REVIEWER, defer, waiting, wanted
from tests.node.usecases.telling.test_hooks import standing
from tests.node.usecases.telling.test_letters import dead
from tests.node.usecases.test_notice import drain, received, use
from trust.errors import CustodyError


def slow_keeper(mesh: Mesh, province: Province, exchange_id: str, held: list[int]) -> Callable[[], Signatory]:
    """A key whose keeper signs once a manager has deferred the use."""
    signatory = province.signatory()

    async def sign(message: bytes) -> bytes:
        if not held:
            held.append((await defer(province, wanted(mesh, exchange_id)))[1])
        return await signatory.sign(message)

    return lambda: Signatory(certificate=signatory.certificate, sign=sign)


async def test_what_is_deferred_while_its_letter_is_signed_does_not_leave(mesh: Mesh) -> None:
    exchange_id, held = await use(mesh), list[int]()
    mesh.zhejiang.outbox._signing = slow_keeper(mesh, mesh.zhejiang, exchange_id, held)
    await drain(mesh)

    assert (held, waiting(mesh), received(mesh, JIANGSU)) == ([1], {"DEFERRED": 1}, [])
    assert [one for one in mesh.zhejiang.entries(type="NOTICE", step="asked") if one.get("use") == exchange_id] == []


async def test_what_is_deferred_while_it_is_signed_is_not_passed_on(mesh: Mesh) -> None:
    systems, held = Systems(), list[int]()
    hooks = hooks_of(mesh.jiangsu, systems, APP)
    exchange_id = await use(mesh)
    await drain(mesh)
    hooks._signing = slow_keeper(mesh, mesh.jiangsu, exchange_id, held)
    left = await hooks.deliver_next("app"), await hooks.deliver_next("app")

    assert (held, left, systems.sent) == ([1], (True, False), [])
    assert standing(mesh.jiangsu) == {"DEFERRED": 1}


async def test_a_dead_letter_of_a_use_that_was_deferred_since_is_held_when_it_is_sent_again(mesh: Mesh) -> None:
    (notice_id,) = await dead(mesh, "1")
    (letter,) = mesh.zhejiang.store.read.notices.copies(notice_id)
    given, _ = await defer(mesh.zhejiang, wanted(mesh, letter.exchange))
    sent = await mesh.zhejiang.letters.resend(notice_id, "", "")
    await drain(mesh)
    before = waiting(mesh), received(mesh, JIANGSU)
    await release(mesh, given)

    assert sent == {JIANGSU: 0}
    assert before == ({"DEFERRED": 1}, [])
    assert [one.exchange_id for one in received(mesh, JIANGSU)] == [letter.exchange]
    (entry,) = mesh.zhejiang.entries(type="NOTICE", step="resent")
    assert entry["deferred"]


async def release(mesh: Mesh, given: Deferral) -> None:
    await mesh.zhejiang.deferrals.release(REVIEWER, given.deferral_id)
    await drain(mesh)


async def test_a_letter_that_is_deferred_on_its_way_is_not_buried(mesh: Mesh) -> None:
    given: list[Deferral] = []

    async def refuse(_: Incoming[Any]) -> Answered:
        if len(tries) == REFUSALS_UNTIL_DEAD - 1:
            given.append((await defer(mesh.zhejiang, wanted(mesh, exchange_id)))[0])
        tries.append(1)
        raise RefusedError(Reason.BAD_PARAMETER, "no")

    tries: list[int] = []
    exchange_id = await use(mesh)
    mesh.network.join(mesh.jiangsu.post, mesh.jiangsu.handlers() | {NOTICE.path: refuse})
    for _ in range(REFUSALS_UNTIL_DEAD - 1):
        with pytest.raises(PeerError):
            await mesh.zhejiang.outbox.deliver_next(JIANGSU)
    await mesh.zhejiang.outbox.deliver_next(JIANGSU)
    mesh.network.join(mesh.jiangsu.post, mesh.jiangsu.handlers())
    held = waiting(mesh)
    await release(mesh, given[0])

    assert (held, waiting(mesh)) == ({"DEFERRED": 1}, {"DELIVERED": 1})


async def test_a_letter_that_is_deferred_while_a_system_refuses_it_is_not_buried(mesh: Mesh) -> None:
    systems = Systems()
    hooks = hooks_of(mesh.jiangsu, systems, APP)
    exchange_id = await use(mesh)
    await drain(mesh)
    systems.answers.extend([HookAnswer(status=404)] * REFUSALS_UNTIL_DEAD)
    for _ in range(REFUSALS_UNTIL_DEAD - 1):
        with pytest.raises(HookLaterError):
            await hooks.deliver_next("app")
    post = systems.post

    class Deferring:
        async def post(self, *args: Any) -> HookAnswer:
            await defer(mesh.jiangsu, wanted(mesh, exchange_id))
            return await post(*args)

    hooks._caller = Deferring()
    await hooks.deliver_next("app")

    assert standing(mesh.jiangsu) == {"DEFERRED": 1}


async def test_a_key_that_cannot_sign_now_costs_no_notice_to_a_peer(mesh: Mesh) -> None:
    async def locked(_: bytes) -> bytes:
        raise CustodyError("LOGGED_OUT", "log in")

    await use(mesh)
    signatory = mesh.zhejiang.signatory()
    mesh.zhejiang.outbox._signing = lambda: Signatory(certificate=signatory.certificate, sign=locked)
    with pytest.raises(PeerError, match="LOGGED_OUT"):
        await mesh.zhejiang.outbox.deliver_next(JIANGSU)

    assert waiting(mesh) == {"PENDING": 1}


async def test_one_notice_that_is_not_dead_is_not_sent_again_though_others_wait(mesh: Mesh) -> None:
    await use(mesh)
    (letter,) = mesh.zhejiang.store.read.notices.letters(JIANGSU, OutboxState.PENDING, None, 9)
    for notice_id in (letter.notice_id, "n9"):
        with pytest.raises(RefusedError) as caught:
            await mesh.zhejiang.letters.resend(notice_id, JIANGSU, "")
        assert caught.value.refusal.reason is Reason.NO_RECORD
