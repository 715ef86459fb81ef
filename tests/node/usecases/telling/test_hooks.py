"""What is passed on to issuing units and to the channel of holders: to whom, in which form, and what becomes of it. Clause 8.4."""

import json
from collections import deque
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from node.ports.notices import OutboxState
from node.ports.signing import Signatory
from node.ports.webhooks import Hook, HookAnswer, HookKind
from node.usecases.notice import REFUSALS_UNTIL_DEAD
from node.usecases.telling.hooks import MAX_RETRY_AFTER_S, HookLaterError
from scripts.webhook_receiver import Receiver, Refused
from tests.node.usecases.mesh import HOLDER, JIANGSU, OPERATOR, ZHEJIANG, Mesh, Province
from tests.node.usecases.telling.systems import APP, UNITS, Systems, hooks_of
from tests.node.usecases.test_notice import CERTIFICATE, drain, use
from trust import canonical, signed_event
from trust.errors import CustodyError

HOLDERS_HOME = "webhook/app"


def standing(province: Province, target: str = HOLDERS_HOME) -> dict[str, int]:
    counts = province.store.read.notices.outbox_counts()
    return {state.value: count for (one, state), count in counts.items() if one == target}


def body(systems: Systems, number: int = -1) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(systems.sent[number][1].body)
    return told


async def told(mesh: Mesh) -> None:
    """Zhejiang's certificate is used in Jiangsu, where its holder is at home; Jiangsu is told."""
    await use(mesh)
    await drain(mesh)


async def test_the_holders_channel_of_the_home_province_is_given_handle_and_sentence_and_no_number(mesh: Mesh) -> None:
    systems = Systems()
    hooks = hooks_of(mesh.jiangsu, systems, APP)
    await told(mesh)

    assert (await hooks.deliver_next("app"), await hooks.deliver_next("app")) == (True, False)
    passed = body(systems)
    signed = signed_event.read(canonical.dumps(passed["signed"]))
    event = json.loads(signed.event)
    assert passed["kind"] == "holder-channel"
    assert event["data"]["holder_handle"] == mesh.jiangsu.vault.handle(HOLDER.type_code, HOLDER.code)
    assert "您的“样例证”" in passed["text"]
    assert "如有异议" in passed["text"]
    assert CERTIFICATE.identifier not in passed["text"]
    whole = json.dumps(passed, ensure_ascii=False) + signed.event.decode()
    assert not [one for one in (HOLDER.code, HOLDER.name, OPERATOR.account, OPERATOR.name) if one in whole]


async def test_what_is_passed_on_stands_alone_signed_by_the_province_that_told_it(mesh: Mesh) -> None:
    systems = Systems()
    hooks = hooks_of(mesh.jiangsu, systems, APP)
    await told(mesh)
    await hooks.deliver_next("app")
    signed = signed_event.read(canonical.dumps(body(systems)["signed"]))

    assert signed_event.verify(signed, mesh.anhui.directory.membership) == ZHEJIANG


async def test_the_issuing_unit_is_told_what_its_own_province_gave_out(mesh: Mesh) -> None:
    systems = Systems()
    hooks = hooks_of(mesh.zhejiang, systems, UNITS)
    mesh.zhejiang.woken.clear()
    await use(mesh)
    await hooks.deliver_next("units")
    signed = signed_event.read(canonical.dumps(body(systems)["signed"]))

    assert sorted(mesh.zhejiang.woken) == [JIANGSU, "webhook/units"]
    assert body(systems)["text"].startswith("贵单位签发的“样例证”")
    assert signed_event.verify(signed, mesh.anhui.directory.membership) == ZHEJIANG
    assert standing(mesh.zhejiang, "webhook/units") == {"DELIVERED": 1}


@pytest.mark.parametrize(
    ("issuers", "others", "told_names"),
    [
        pytest.param({CERTIFICATE.issuer_code}, {"1"}, ["own"], id="a unit with a webhook of its own"),
        pytest.param({"2"}, set(), ["other"], id="a unit without one is told by the one for all"),
        pytest.param({CERTIFICATE.issuer_code}, set(), ["own"], id="the one for all is not for those with their own"),
        pytest.param({"2"}, {"3"}, [], id="nobody's webhook"),
    ],
)
async def test_units_are_told_by_their_code(
    mesh: Mesh, issuers: set[str], others: set[str], told_names: list[str]
) -> None:
    own, other = (
        replace(UNITS, name=name, issuers=frozenset(codes)) for name, codes in (("own", issuers), ("other", others))
    )
    hooks_of(mesh.zhejiang, Systems(), own, other)
    await use(mesh)
    targets = [target for target, _ in mesh.zhejiang.store.read.notices.outbox_counts()]

    assert [one for one in ("own", "other") if f"webhook/{one}" in targets] == told_names


async def test_a_notice_that_comes_twice_is_passed_on_once(mesh: Mesh) -> None:
    systems = Systems()
    hooks = hooks_of(mesh.jiangsu, systems, APP)
    await use(mesh)
    mesh.network.lose_answers(JIANGSU)
    with pytest.raises(Exception, match=r".*"):
        await mesh.zhejiang.outbox.deliver_next(JIANGSU)
    await drain(mesh)
    while await hooks.deliver_next("app"):
        pass

    assert len(systems.sent) == 1


@pytest.mark.parametrize(
    ("answer", "after_s", "gone"),
    [
        pytest.param(HookAnswer(status=500), 0, False, id="an error of theirs"),
        pytest.param(HookAnswer(status=503, retry_after_s=120), 120, False, id="an error with a time to wait"),
        pytest.param(HookAnswer(status=429, retry_after_s=1e9), MAX_RETRY_AFTER_S, False, id="a time without end"),
        pytest.param(HookAnswer(status=408), 0, False, id="too slow for them"),
        pytest.param(HookAnswer(status=410), 0, True, id="an address that is given up"),
        pytest.param("TIMEOUT", 0, False, id="silence"),
        pytest.param("TLS", 0, False, id="a certificate that is not believed"),
        pytest.param("UNREACHABLE", 0, False, id="no connection"),
    ],
)
async def test_what_is_not_taken_now_stays_the_oldest_however_often_it_is_tried(
    mesh: Mesh, answer: HookAnswer | str, after_s: float, gone: bool
) -> None:
    tries = REFUSALS_UNTIL_DEAD + 2
    systems = Systems(answers=deque([answer] * tries))
    hooks = hooks_of(mesh.jiangsu, systems, APP)
    await told(mesh)
    for _ in range(tries):
        with pytest.raises(HookLaterError) as caught:
            await hooks.deliver_next("app")
        assert (caught.value.after_s, caught.value.gone) == (after_s, gone)
    waiting = standing(mesh.jiangsu)
    await hooks.deliver_next("app")

    assert (waiting, standing(mesh.jiangsu)) == ({"PENDING": 1}, {"DELIVERED": 1})


@pytest.mark.parametrize("status", [400, 401, 404, 422, 302, 308])
async def test_what_is_refused_five_times_is_dead_on_record_and_the_next_goes(mesh: Mesh, status: int) -> None:
    systems = Systems(answers=deque([HookAnswer(status=status)] * REFUSALS_UNTIL_DEAD))
    hooks = hooks_of(mesh.jiangsu, systems, APP)
    await told(mesh)
    for _ in range(REFUSALS_UNTIL_DEAD - 1):
        with pytest.raises(HookLaterError):
            await hooks.deliver_next("app")
    buried = await hooks.deliver_next("app")
    (dead,) = mesh.jiangsu.entries(type="NOTICE", step="dead")
    (letter,) = mesh.jiangsu.store.read.notices.letters(HOLDERS_HOME, OutboxState.DEAD, None, 9)

    assert buried
    assert (dead["webhook"], dead["status"], letter.detail) == ("app", status, f"HTTP {status}")


async def test_each_attempt_is_on_record_before_it_leaves_and_its_end_after(mesh: Mesh) -> None:
    systems = Systems(answers=deque(["TIMEOUT"]))
    hooks = hooks_of(mesh.jiangsu, systems, APP)
    await told(mesh)
    with pytest.raises(HookLaterError):
        await hooks.deliver_next("app")
    await hooks.deliver_next("app")
    steps = [one["step"] for one in mesh.jiangsu.entries(type="NOTICE", webhook="app")]

    assert steps == ["passing", "passing", "passed"]
    assert mesh.jiangsu.counted == ["app TIMEOUT", "app RECEIVED"]


async def test_a_key_that_cannot_sign_now_costs_a_pause_and_no_notice(mesh: Mesh) -> None:
    async def locked(_: bytes) -> bytes:
        raise CustodyError("LOGGED_OUT", "log in")

    systems = Systems()
    hooks = hooks_of(mesh.zhejiang, systems, UNITS)
    await use(mesh)
    hooks._signing = lambda: Signatory(certificate=mesh.zhejiang.identity.signing_certificate, sign=locked)
    with pytest.raises(HookLaterError, match="LOGGED_OUT"):
        await hooks.deliver_next("units")

    assert (systems.sent, standing(mesh.zhejiang, "webhook/units")) == ([], {"PENDING": 1})


def receiver_of(mesh: Mesh, hook: Hook = UNITS) -> Receiver:
    """The example of scripts, as Zhejiang's issuing units would run it."""
    point = mesh.zhejiang.identity.signing_certificate.public_key.point
    return Receiver(point, urlsplit(hook.url).netloc, clock=lambda: mesh.clock().timestamp())


async def requests(mesh: Mesh, *answers: HookAnswer | str) -> Systems:
    """What Zhejiang posts to its units after these answers."""
    systems = Systems(answers=deque(answers))
    hooks = hooks_of(mesh.zhejiang, systems, UNITS)
    await use(mesh)
    for answer in answers:
        with pytest.raises(HookLaterError):
            await hooks.deliver_next("units")
        assert answer
    await hooks.deliver_next("units")
    return systems


async def test_the_example_receiver_takes_a_notice_once_and_answers_each_repeat(mesh: Mesh) -> None:
    systems, receiver = await requests(mesh, "TIMEOUT"), receiver_of(mesh)
    (_, first), (_, repeat) = systems.sent

    assert receiver.take("POST", "/in", first.headers, first.body) == 204
    assert receiver.take("POST", "/in", repeat.headers, repeat.body) == 204
    assert [one["kind"] for one in receiver.taken.values()] == ["issuer"]
    assert first.headers["Idempotency-Key"] == repeat.headers["Idempotency-Key"]
    assert first.headers["Signature"] != repeat.headers["Signature"]


@pytest.mark.parametrize(
    ("path", "changed", "late_s", "why"),
    [
        pytest.param("/other", {}, 0, "does not fit", id="another path"),
        pytest.param("/in", {"Signature": ""}, 0, "not signed", id="no signature"),
        pytest.param("/in", {"Content-Type": "text/plain"}, 0, "does not fit", id="another type"),
        pytest.param("/in", {"Idempotency-Key": "another"}, 0, "does not fit", id="another key"),
        pytest.param("/in", {"Content-Digest": "sm3=:AA==:"}, 0, "the body", id="another digest"),
        pytest.param("/in", {}, 301, "too long ago", id="late"),
        pytest.param("/in", {}, -301, "too long ago", id="early"),
    ],
)
async def test_the_example_receiver_refuses_what_the_node_did_not_sign(
    mesh: Mesh, path: str, changed: dict[str, str], late_s: float, why: str
) -> None:
    systems, receiver = await requests(mesh), receiver_of(mesh)
    ((_, request),) = systems.sent
    mesh.clock.move(seconds=late_s)

    with pytest.raises(Refused, match=why):
        receiver.take("POST", path, {**request.headers, **changed}, request.body)
    assert receiver.taken == {}


async def test_the_example_receiver_takes_no_request_twice_and_no_other_body(mesh: Mesh) -> None:
    systems, receiver = await requests(mesh), receiver_of(mesh)
    ((_, request),) = systems.sent
    with pytest.raises(Refused, match="the body"):
        receiver.take("POST", "/in", request.headers, request.body.replace("贵".encode(), "您".encode()))
    receiver.take("POST", "/in", request.headers, request.body)
    with pytest.raises(Refused, match="sent before"):
        receiver.take("POST", "/in", request.headers, request.body)


def test_the_two_kinds_have_the_names_of_the_configuration() -> None:
    assert [kind.value for kind in HookKind] == ["issuer", "holder-channel"]
