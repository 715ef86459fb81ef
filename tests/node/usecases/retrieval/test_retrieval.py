"""Fused retrieval: one use each, resumed streams, verified bytes, the state gate, and the mask. Clause 8.3, DESIGN §2.5, §6.4.

The files here are originals; what is different about usage copies is in test_handout.
"""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from federation.methods import DATA, FILE
from federation.model.application import Output
from federation.model.refusal import Reason
from federation.model.retrieval import CHUNK_BYTES, DataAnswer, DataQuery
from federation.ports import Incoming
from node.errors import RefusedError
from node.library.invented import LAND_TYPE
from node.library.record import Status
from node.ports.retrieving import ReceivedData, ReceivedFile, RetrieveForm
from node.usecases.retrieval.face_data import mask_digest
from tests.node.usecases.mesh import CALLER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, record, sm3
from tests.node.usecases.papers import sealed_file

MIB = 1 << 20
CERTIFICATE = record(ZHEJIANG)
BYTES = sealed_file(CERTIFICATE.identifier, size=3 * MIB + 100)  # four batches


async def wish(mesh: Mesh, *, key: str = "", content: bytes = BYTES, **changes: Any) -> RetrieveForm:
    """A certificate in Zhejiang, found from Jiangsu, and its original."""
    await mesh.zhejiang.keep(replace(CERTIFICATE, **changes), file=content)
    return await mesh.wish(CERTIFICATE, key=key, original=True)


async def file(mesh: Mesh, form: RetrieveForm) -> ReceivedFile:
    return await mesh.jiangsu.retrieval.file(CALLER, form)


async def data(mesh: Mesh, form: RetrieveForm) -> ReceivedData:
    return await mesh.jiangsu.retrieval.data(CALLER, form)


async def refused(mesh: Mesh, form: RetrieveForm, output: Output = Output.FILE) -> Reason:
    with pytest.raises(RefusedError) as caught:
        await (data(mesh, form) if output is Output.DATA else file(mesh, form))
    return caught.value.refusal.reason


def columns(received: ReceivedData) -> list[str]:
    return [one["columnName"] for one in received.data["surface"]]


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(CHUNK_BYTES // 2, id="half a chunk"),
        pytest.param(CHUNK_BYTES, id="one chunk"),
        pytest.param(MIB, id="one batch"),
        pytest.param(3 * MIB + 100, id="3 MiB and a bit"),
    ],
)
async def test_a_file_arrives_byte_for_byte(mesh: Mesh, size: int) -> None:
    content = sealed_file(CERTIFICATE.identifier, size=size)
    received = await file(mesh, await wish(mesh, content=content))

    assert received.path.read_bytes() == content
    assert (received.size, received.sm3, received.original_sm3) == (size, sm3(content), sm3(content))


async def test_a_spooled_file_is_gone_after_it_was_handed_on(mesh: Mesh) -> None:
    received = await file(mesh, await wish(mesh))
    mesh.jiangsu.retrieval.release(received)

    assert not received.path.exists()


async def test_a_stream_that_broke_goes_on_where_it_was_and_spends_nothing_twice(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    mesh.network.break_stream(ZHEJIANG, 2)
    first = await refused(mesh, form)
    kept = mesh.jiangsu.spool.part(mesh.jiangsu.wishes.exchange_id(CALLER, form, Output.ORIGINAL)).size
    received = await file(mesh, form)
    given = mesh.zhejiang.entries(type="RETRIEVE")

    assert (first, kept) == (Reason.PEER_UNREACHABLE, 2 * MIB)
    assert received.path.read_bytes() == BYTES
    assert [one.get("repeated", False) for one in given] == [False, True]
    assert len(given[0]["notices"]) == 2


async def test_only_the_missing_part_of_a_broken_stream_travels_again(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    mesh.network.break_stream(ZHEJIANG, 3)
    await refused(mesh, form)
    mesh.network.break_stream(ZHEJIANG, 2)  # never reached: one batch is left
    received = await file(mesh, form)

    assert received.path.read_bytes() == BYTES


async def test_without_a_key_a_broken_stream_is_a_use_that_is_gone(mesh: Mesh) -> None:
    form = await wish(mesh)
    mesh.network.break_stream(ZHEJIANG, 1)
    await refused(mesh, form)

    assert await refused(mesh, form) is Reason.USE_CODE_SPENT


async def test_a_use_code_works_once_per_certificate_and_output(mesh: Mesh) -> None:
    form = await wish(mesh, key="k1")
    await file(mesh, form)
    await data(mesh, form)

    assert await refused(mesh, replace(form, key="k2")) is Reason.USE_CODE_SPENT
    assert await refused(mesh, replace(form, key="k2"), Output.DATA) is Reason.USE_CODE_SPENT


async def test_of_two_concurrent_uses_one_is_granted(mesh: Mesh) -> None:
    form = await wish(mesh)
    outcomes = await asyncio.gather(data(mesh, form), data(mesh, form), return_exceptions=True)
    words = [one.refusal.reason if isinstance(one, RefusedError) else "granted" for one in outcomes]

    assert sorted(words) == [Reason.USE_CODE_SPENT, "granted"]


async def test_two_requests_with_one_key_do_not_write_into_one_file(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    outcomes = await asyncio.gather(file(mesh, form), file(mesh, form), return_exceptions=True)
    files = [one for one in outcomes if isinstance(one, ReceivedFile)]
    refusals = [one.refusal.reason for one in outcomes if isinstance(one, RefusedError)]

    assert [one.path.read_bytes() for one in files] == [BYTES]
    assert refusals == [Reason.OVERLOADED]


async def test_a_repeat_that_comes_before_the_first_is_let_go_waits_for_it(mesh: Mesh) -> None:
    """A caller has the last byte before the edge releases the file."""
    form = await wish(mesh, key="k")
    first = await file(mesh, form)
    repeat = asyncio.create_task(file(mesh, form))
    await asyncio.sleep(0)
    assert not repeat.done()
    mesh.jiangsu.retrieval.release(first)
    received = await repeat

    assert received.path.read_bytes() == BYTES
    assert received.exchange_id == first.exchange_id


async def test_after_it_was_handed_on_a_file_can_be_asked_for_again_with_its_key(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    mesh.jiangsu.retrieval.release(await file(mesh, form))
    received = await file(mesh, form)

    assert received.path.read_bytes() == BYTES


async def test_a_retry_after_a_lost_answer_gets_the_same_answer(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    mesh.network.lose_answers(ZHEJIANG)
    first = await refused(mesh, form, Output.DATA)
    received = await data(mesh, form)
    given = mesh.zhejiang.entries(type="RETRIEVE")

    assert first is Reason.PEER_UNREACHABLE
    assert columns(received) == ["KZ_NAME", "KZ_KIND"]
    assert [one.get("repeated", False) for one in given] == [False, True]


async def test_a_retry_is_answered_until_the_verdict_is_no_longer_in_force_and_tells_nobody_twice(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    await data(mesh, form)
    mesh.clock.move(minutes=29)
    await mesh.zhejiang.store.transact(lambda nouns: nouns.exchanges.purge(mesh.clock.now))
    await data(mesh, form)

    assert [len(one.get("notices", ())) for one in mesh.zhejiang.entries(type="RETRIEVE")] == [2, 0]


async def test_a_spoiled_chunk_is_refused_and_nothing_of_the_file_stays(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    mesh.network.spoil_stream(ZHEJIANG, 1)

    assert await refused(mesh, form) is Reason.FILE_MISMATCH
    assert not list(mesh.jiangsu.spool._root.iterdir())


async def test_after_a_spoiled_stream_the_same_key_fetches_the_whole_file(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    mesh.network.spoil_stream(ZHEJIANG, 1)
    await refused(mesh, form)
    received = await file(mesh, form)

    assert received.path.read_bytes() == BYTES


async def test_what_was_changed_in_the_spool_meanwhile_is_found_and_discarded(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    mesh.network.break_stream(ZHEJIANG, 1)
    await refused(mesh, form)
    (spooled,) = mesh.jiangsu.spool._root.iterdir()
    spooled.write_bytes(bytes(MIB))

    assert await refused(mesh, form) is Reason.FILE_MISMATCH
    assert not spooled.exists()


async def test_a_tampered_head_is_refused(mesh: Mesh) -> None:
    form = await wish(mesh)
    mesh.network.tamper(ZHEJIANG)

    assert await refused(mesh, form) is Reason.SIGNATURE_INVALID


async def test_a_file_that_changed_on_the_providers_disk_does_not_arrive(mesh: Mesh) -> None:
    form = await wish(mesh)
    stored = mesh.zhejiang.files.get(sm3(BYTES), len(BYTES))
    stored.path.chmod(0o600)
    stored.path.write_bytes(bytes(len(BYTES)))

    assert await refused(mesh, form) is Reason.FILE_MISMATCH


@pytest.mark.parametrize("output", [Output.ORIGINAL, Output.DATA])
@pytest.mark.parametrize("status", [one for one in Status if one is not Status.VALID])
async def test_a_certificate_that_is_not_valid_is_not_delivered(mesh: Mesh, status: Status, output: Output) -> None:
    form = await wish(mesh, status=status)
    with pytest.raises(RefusedError) as caught:
        await (data if output is Output.DATA else file)(mesh, replace(form, province=ZHEJIANG))

    assert (caught.value.refusal.code, caught.value.refusal.detail) == (11, status.value)


async def test_a_use_refused_for_the_certificates_state_is_not_spent(mesh: Mesh) -> None:
    form = replace(await wish(mesh, status=Status.SUSPENDED), province=ZHEJIANG)
    await refused(mesh, form)
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)

    assert (await file(mesh, form)).size == len(BYTES)


async def test_a_certificate_without_a_file_has_data_only(mesh: Mesh) -> None:
    form = await wish(mesh, content=b"")

    assert await refused(mesh, form) is Reason.NO_RECORD
    assert columns(await data(mesh, form)) == ["KZ_NAME", "KZ_KIND"]


@pytest.mark.parametrize(
    ("wanted", "delivered"),
    [
        pytest.param((), ["KZ_NAME", "KZ_KIND"], id="all that are allowed"),
        pytest.param(("KZ_KIND",), ["KZ_KIND"], id="one that is allowed"),
        pytest.param(("KZ_SCALE", "KZ_KIND"), ["KZ_KIND"], id="one allowed and one not"),
        pytest.param(("KZ_SCALE",), [], id="none that is allowed"),
    ],
)
async def test_the_data_are_the_fields_wanted_and_allowed(
    mesh: Mesh, wanted: tuple[str, ...], delivered: list[str]
) -> None:
    received = await data(mesh, replace(await wish(mesh), fields=wanted))

    assert columns(received) == delivered
    assert received.mask_digest == mask_digest(tuple(sorted(delivered))).hex()


async def test_the_mask_goes_into_both_entries_and_the_values_into_none(mesh: Mesh) -> None:
    received = await data(mesh, await wish(mesh))
    (mine,) = mesh.jiangsu.entries(exchange=received.exchange_id, step="received")
    (theirs,) = mesh.zhejiang.entries(exchange=received.exchange_id)

    assert mine["mask"] == theirs["mask"] == received.mask_digest
    assert theirs["fields"] == ["KZ_KIND", "KZ_NAME"]
    assert "面值" not in repr((mine, theirs))


@pytest.mark.parametrize("output", [Output.FILE, Output.ORIGINAL, Output.DATA])
async def test_the_entries_of_both_sides_quote_each_others_digests(mesh: Mesh, output: Output) -> None:
    form = replace(await wish(mesh), original=output is Output.ORIGINAL)
    received = await (data if output is Output.DATA else file)(mesh, form)
    asked, got = mesh.jiangsu.entries(exchange=received.exchange_id)
    (given,) = mesh.zhejiang.entries(exchange=received.exchange_id)

    assert (asked["step"], got["step"], given["step"]) == ("asked", "received", "answered")
    assert (given["request"], given["answer"]) == (asked["request"], got["answer"])


async def test_the_own_library_answers_by_the_same_rules(mesh: Mesh) -> None:
    own = record(JIANGSU, LAND_TYPE)
    content = sealed_file(own.identifier)
    await mesh.jiangsu.keep(own, file=content)
    form = await mesh.wish(own, original=True)
    before = len(mesh.network.calls)
    received = await file(mesh, form)
    faces = await data(mesh, form)

    assert received.path.read_bytes() == content
    assert columns(faces) == ["KZ_NAME", "KZ_KIND"]
    assert await refused(mesh, form) is Reason.USE_CODE_SPENT
    assert mesh.network.calls[before:] == []
    assert [one["step"] for one in mesh.jiangsu.entries(type="RETRIEVE")] == ["own", "own", "own"]


async def test_a_file_of_the_own_library_stays_after_it_was_handed_on(mesh: Mesh) -> None:
    own = record(JIANGSU, LAND_TYPE)
    await mesh.jiangsu.keep(own, file=sealed_file(own.identifier))
    received = await file(mesh, await mesh.wish(own, original=True))
    mesh.jiangsu.retrieval.release(received)

    assert received.path.exists()


@pytest.mark.parametrize(
    ("changes", "caller", "reason"),
    [
        pytest.param({"apply_id": "none"}, {}, Reason.USE_CODE_SPENT, id="no such application"),
        pytest.param({}, {"app_id": "other"}, Reason.USE_CODE_SPENT, id="an application of another line system"),
        pytest.param({"identifier": "1.2.3"}, {}, Reason.NO_RECORD, id="not found by a search"),
        pytest.param({"province": SHANGHAI}, {}, Reason.USE_CODE_SPENT, id="a province without a verdict"),
        pytest.param({"province": "990000"}, {}, Reason.USE_CODE_SPENT, id="a province that is no member"),
    ],
)
async def test_a_wish_beyond_the_application_is_refused_on_record_and_asks_nobody(
    mesh: Mesh, changes: dict[str, Any], caller: dict[str, Any], reason: Reason
) -> None:
    form = await wish(mesh)
    before = len(mesh.network.calls)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(replace(CALLER, **caller), replace(form, **changes))
    (entry,) = mesh.jiangsu.entries(type="RETRIEVE")

    assert caught.value.refusal.reason is reason
    assert (entry["step"], entry["refusal"]["reason"]) == ("refused", reason.value)
    assert mesh.network.calls[before:] == []


async def provider_says(mesh: Mesh, **changes: Any) -> tuple[DataAnswer, dict[str, Any]]:
    """Zhejiang's answer to a DataQuery as Jiangsu would send it, and Zhejiang's entry."""
    apply_id, _ = await mesh.found()
    held = {one.provider: one for one in mesh.jiangsu.store.read.applications.received(apply_id)}
    standard = DataQuery(apply_id=apply_id, use_code=held[ZHEJIANG].use_code, identifier=CERTIFICATE.identifier)
    post = mesh.jiangsu.direct
    draft = post.draft_request(replace(standard, **changes), recipients=(ZHEJIANG,), exchange_id="e1")
    reply = await mesh.network.peers_of(JIANGSU).ask(ZHEJIANG, DATA, draft, post.sign(draft), 1.0)
    (entry,) = mesh.zhejiang.entries(exchange="e1")
    return reply.message, entry


@pytest.mark.parametrize(
    "exists", [pytest.param(True, id="where it exists"), pytest.param(False, id="where it does not")]
)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"use_code": "0" * 64}, 211, id="a wrong use code"),
        pytest.param({"apply_id": "none"}, 211, id="another application"),
        pytest.param({"use_code": ""}, 211, id="no use code"),
    ],
)
async def test_who_has_no_use_code_cannot_tell_none_from_not_allowed(
    mesh: Mesh, changes: dict[str, Any], code: int, *, exists: bool
) -> None:
    if exists:
        await mesh.zhejiang.keep(CERTIFICATE)
    answer, entry = await provider_says(mesh, **changes)

    assert answer.refusal is not None
    assert (answer.refusal.code, entry["refusal"]["code"], answer.data) == (code, code, b"")


async def test_the_certificate_of_another_holder_is_no_record(mesh: Mesh) -> None:
    """With a use code in force, "not of your holder" and "none" are one answer."""
    stranger = replace(CERTIFICATE.holders[0], code="91110000DEMA00005X")
    await mesh.zhejiang.keep(replace(CERTIFICATE, holders=(stranger,)))
    answer, _ = await provider_says(mesh)

    assert answer.refusal is not None
    assert answer.refusal.reason is Reason.NO_RECORD


async def test_a_use_code_ends_with_its_verdict(mesh: Mesh) -> None:
    form = await wish(mesh)
    mesh.clock.move(minutes=30, seconds=1)

    assert await refused(mesh, form, Output.DATA) is Reason.USE_CODE_SPENT


async def test_an_output_that_was_not_applied_for_is_refused(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    apply_id, _ = await mesh.found(outputs=(Output.DATA,))
    form = RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier)

    assert await refused(mesh, form) is Reason.OUTPUT_NOT_ALLOWED
    assert columns(await data(mesh, form)) == ["KZ_NAME", "KZ_KIND"]


async def test_a_key_used_for_another_wish_is_refused(mesh: Mesh) -> None:
    form = await wish(mesh, key="k")
    await data(mesh, form)

    assert await refused(mesh, replace(form, fields=("KZ_NAME",)), Output.DATA) is Reason.REPLAYED


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param("down", Reason.PEER_UNREACHABLE, id="down"),
        pytest.param("silent", Reason.PEER_TIMEOUT, id="silent"),
    ],
)
async def test_a_provider_that_is_away_is_said_so_and_put_on_record(mesh: Mesh, fault: str, reason: Reason) -> None:
    form = await wish(mesh)
    getattr(mesh.network, fault)(ZHEJIANG)
    answered = await refused(mesh, form, Output.DATA)
    asked, failed = mesh.jiangsu.entries(type="RETRIEVE")

    assert (answered, failed["refusal"]["reason"]) == (reason, reason.value)
    assert (asked["step"], failed["step"]) == ("asked", "refused")


async def test_a_stream_that_ends_early_can_be_resumed(mesh: Mesh) -> None:
    """The provider's stream stops without an error; what came stays in the spool."""
    form = await wish(mesh, key="k")
    whole = mesh.zhejiang.handlers()[FILE.path]

    async def short(incoming: Incoming[Any]) -> Any:
        answered, batches = await whole(incoming)

        async def first() -> Any:
            async for batch in batches:
                yield batch
                await batches.aclose()
                return

        return answered, first()

    mesh.network.join(mesh.zhejiang.post, mesh.zhejiang.handlers() | {FILE.path: short})
    reason = await refused(mesh, form)
    mesh.network.join(mesh.zhejiang.post, mesh.zhejiang.handlers())
    received = await file(mesh, form)

    assert reason is Reason.PEER_ERROR
    assert received.path.read_bytes() == BYTES


async def test_the_record_of_a_certificate_stays_sealed_in_the_store(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE)
    row = mesh.zhejiang.store.read.certificates.get(CERTIFICATE.identifier)
    holder = CERTIFICATE.holders[0]

    assert row is not None
    assert not [text for text in (holder.code, holder.name, "面值") if text.encode() in repr(row).encode()]
