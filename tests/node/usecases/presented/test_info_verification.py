"""Verification of certificate data between provinces: permission first, one use, and silence is no answer. REQUIREMENTS S8."""

import json
from dataclasses import replace
from typing import Any

import pytest

from federation.methods import VERIFY
from federation.model.application import Holder, Output
from federation.model.info_verification import Claim, InfoAnswer, InfoQuery
from federation.model.refusal import Reason
from federation.model.search import MAX_ITEMS
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.library.record import Status
from node.ports.lists import Kind
from node.ports.retrieving import Named, RetrieveForm
from node.ports.verifying import InfoForm
from tests.node.usecases.mesh import (
    ANHUI,
    CALLER,
    CATALOGUES,
    HOLDER,
    JIANGSU,
    PROVIDERS,
    ZHEJIANG,
    Mesh,
    entry,
    form,
    line,
    record,
    reissued,
)

CERTIFICATE = record(ZHEJIANG)
LINE_OF_ALL = line(output_modes=("FILE", "ORIGINAL", "DATA", "VERIFY"))
NAME_RIGHT = Claim(name="KZ_NAME", value="面值甲乙丙")
NAME_WRONG = Claim(name="KZ_NAME", value="别的")


async def verifying(mesh: Mesh) -> Mesh:
    """Everyone offers and admits VERIFY, too."""
    for code in PROVIDERS:
        offered = [entry(code, one, share_modes=("FILE", "DATA", "VERIFY")) for one in CATALOGUES[code]]
        await mesh[code].publications.publish(Kind.CATALOGUE, offered)
    await mesh.jiangsu.publications.publish(Kind.USELIST, (LINE_OF_ALL,))
    for code in PROVIDERS:
        if code != JIANGSU:
            await mesh[code].decide(LINE_OF_ALL)
    for publisher in mesh.all.values():
        for one in mesh.all.values():
            for kind in Kind:
                if one.held(publisher.code, kind) < publisher.held(publisher.code, kind):
                    await one.hold(publisher, kind)
    return mesh


@pytest.fixture
async def mesh(mesh: Mesh) -> Mesh:
    return await verifying(mesh)


async def presented(mesh: Mesh, *, outputs: tuple[Output, ...] = (Output.VERIFY,), **changes: Any) -> InfoForm:
    await mesh.zhejiang.keep(CERTIFICATE)
    submitted = await mesh.jiangsu.applications.submit(CALLER, form(outputs=outputs))
    one = InfoForm(
        apply_id=submitted.application.apply_id,
        holder=HOLDER,
        type_code=MINING_TYPE,
        number=CERTIFICATE.number,
        surface=(NAME_RIGHT,),
        key="k",
    )
    return replace(one, **changes)


async def verified(mesh: Mesh, one: InfoForm) -> int:
    return (await mesh.jiangsu.info_verification.verify_info(CALLER, one)).result


async def refused(mesh: Mesh, one: InfoForm) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await verified(mesh, one)
    return caught.value


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        pytest.param({}, 0, id="right"),
        pytest.param({"surface": (NAME_WRONG,)}, 7, id="partly wrong: the name of the holder is right"),
        pytest.param({"surface": (NAME_WRONG,), "holder": replace(HOLDER, name="")}, 6, id="wrong"),
        pytest.param({"number": "号9"}, 5, id="no such certificate"),
        pytest.param({"identifier": CERTIFICATE.identifier, "province": ZHEJIANG}, 0, id="by its identifier, too"),
        pytest.param({"identifier": "1.2.3", "province": ZHEJIANG}, 5, id="another identifier"),
    ],
)
async def test_the_result_comes_from_the_province_that_holds_it(
    mesh: Mesh, changes: dict[str, Any], result: int
) -> None:
    one = await presented(mesh, **changes)

    assert await verified(mesh, one) == result
    (asked,) = mesh.jiangsu.entries(type="RETRIEVE", step="asked")
    (given,) = mesh.zhejiang.entries(type="RETRIEVE", step="answered")
    assert (given["result"], given["output"], given["request"]) == (result, "VERIFY", asked["request"])


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REVOKED])
async def test_a_state_lets_the_result_out_and_nothing_else(mesh: Mesh, status: Status) -> None:
    one = await presented(mesh)
    await mesh.zhejiang.keep(replace(CERTIFICATE, status=status))

    assert await verified(mesh, one) == {Status.SUSPENDED: 2, Status.REVOKED: 3}[status]


async def test_a_use_is_one_use_whatever_is_claimed_next(mesh: Mesh) -> None:
    """Nobody finds a value out by trying."""
    one = await presented(mesh, surface=(NAME_WRONG,))
    first = await verified(mesh, one)
    again = await verified(mesh, one)
    other = await refused(mesh, replace(one, surface=(NAME_RIGHT,), key="k2"))
    told = [len(entry_.get("notices", ())) for entry_ in mesh.zhejiang.entries(type="RETRIEVE", step="answered")]

    assert (first, again, other.refusal.reason) == (7, 7, Reason.USE_CODE_SPENT)
    assert told == [2, 0, 0]


@pytest.mark.parametrize("province", [pytest.param(ZHEJIANG, id="between provinces"), pytest.param(JIANGSU, id="own")])
async def test_the_same_key_with_other_claims_is_no_repeat(mesh: Mesh, province: str) -> None:
    await mesh.jiangsu.keep(land := record(JIANGSU, LAND_TYPE, serial="8"))
    own: dict[str, Any] = (
        {"type_code": LAND_TYPE, "number": land.number, "province": JIANGSU} if province == JIANGSU else {}
    )
    one = await presented(mesh, surface=(NAME_WRONG,), **own)
    assert await verified(mesh, one) == 7

    assert (await refused(mesh, replace(one, surface=(NAME_RIGHT,)))).refusal.reason is Reason.REPLAYED


async def test_the_holder_and_the_issuer_are_told_of_it_and_of_none_where_there_is_none(mesh: Mesh) -> None:
    await verified(mesh, await presented(mesh))
    queued = mesh.zhejiang.store.read.notices.received_count()
    await verified(mesh, await presented(mesh, number="号9"))

    assert queued > 0
    assert mesh.zhejiang.store.read.notices.received_count() == queued


@pytest.mark.parametrize(
    "exists", [pytest.param(True, id="where it exists"), pytest.param(False, id="where it does not")]
)
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"use_code": "0" * 64}, Reason.USE_CODE_SPENT, id="a wrong use code"),
        pytest.param({"apply_id": "none"}, Reason.USE_CODE_SPENT, id="another application"),
        pytest.param({"type_code": "none"}, Reason.MATTER_MISMATCH, id="a type that is not in the verdict"),
        pytest.param(
            {"surface": (Claim(name="KZ_SCALE", value="x"),)},
            Reason.OUTPUT_NOT_ALLOWED,
            id="a field that is not allowed",
        ),
        pytest.param(
            {"basic": (Claim(name="odd", value="x"),)}, Reason.BAD_PARAMETER, id="a claim that cannot be compared"
        ),
    ],
)
async def test_permission_comes_before_existence(
    mesh: Mesh, changes: dict[str, Any], reason: Reason, exists: bool
) -> None:
    one = await presented(mesh, number=CERTIFICATE.number if exists else "号9")
    held = {row.provider: row for row in mesh.jiangsu.store.read.applications.received(one.apply_id)}
    standard = InfoQuery(
        apply_id=one.apply_id, use_code=held[ZHEJIANG].use_code, type_code=MINING_TYPE, number=one.number
    )
    post = mesh.jiangsu.direct
    draft = post.draft_request(replace(standard, **changes), recipients=(ZHEJIANG,), exchange_id="e1")
    reply = await mesh.network.peers_of(JIANGSU).ask(ZHEJIANG, VERIFY, draft, post.sign(draft), 1.0)
    answer: InfoAnswer = reply.message
    (given,) = mesh.zhejiang.entries(exchange="e1")

    assert answer.refusal is not None
    assert answer.refusal.reason is reason
    assert given["refusal"]["reason"] == reason.value
    assert "result" not in given


async def test_without_the_output_in_the_application_nothing_is_verified(mesh: Mesh) -> None:
    error = await refused(mesh, await presented(mesh, outputs=(Output.DATA,)))

    assert error.refusal.reason is Reason.OUTPUT_NOT_ALLOWED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"apply_id": "none"}, Reason.USE_CODE_SPENT, id="no such application"),
        pytest.param({"holder": Holder(code="x", type_code="001")}, Reason.HOLDER_CODE_INVALID, id="a wrong code"),
        pytest.param(
            {"holder": Holder(code="110101194912310021", type_code="111")},
            Reason.HOLDER_CODE_INVALID,
            id="a wrong digit",
        ),
        pytest.param(
            {"holder": Holder(code="11010519491231002X", type_code="111")}, Reason.MATTER_MISMATCH, id="another holder"
        ),
    ],
)
async def test_what_is_no_wish_under_the_application_is_on_record_and_asks_nobody(
    mesh: Mesh, changes: dict[str, Any], reason: Reason
) -> None:
    one = await presented(mesh, **changes)
    before = len(mesh.network.calls)
    error = await refused(mesh, one)

    assert error.refusal.reason is reason
    assert [row["refusal"]["reason"] for row in mesh.jiangsu.entries(exchange=error.exchange_id)] == [reason.value]
    assert mesh.network.calls[before:] == []


async def test_where_several_provinces_admit_it_the_one_that_has_it_is_found(mesh: Mesh) -> None:
    land = record(ANHUI, LAND_TYPE, serial="5")
    await mesh.anhui.keep(land)
    one = await presented(mesh, type_code=LAND_TYPE, number=land.number)
    answer = await mesh.jiangsu.info_verification.verify_info(CALLER, one)
    none = await mesh.jiangsu.info_verification.verify_info(CALLER, replace(one, number="号77", key="k2"))

    assert (answer.province, answer.result) == (ANHUI, 0)
    assert (none.province, none.result) == ("", 5)
    assert mesh.jiangsu.entries(exchange=none.exchange_id, type="SEARCH")


async def test_silence_is_not_no_such_certificate(mesh: Mesh) -> None:
    one = await presented(mesh, type_code=LAND_TYPE, number="号77")
    mesh.network.down(ANHUI)

    assert (await refused(mesh, one)).refusal.reason in {Reason.PEER_UNREACHABLE, Reason.PEER_DOWN}


async def two_of_a_line(mesh: Mesh) -> None:
    """A line that names Zhejiang and Anhui alone."""
    two = line(output_modes=("FILE", "ORIGINAL", "DATA", "VERIFY"), provider_provinces=(ZHEJIANG, ANHUI), version=2)
    await mesh.jiangsu.publications.publish(Kind.USELIST, (two,))
    for code in (ZHEJIANG, ANHUI):
        await mesh[code].hold(mesh.jiangsu, Kind.USELIST)
        await mesh[code].decide(two)
        await mesh.jiangsu.hold(mesh[code], Kind.DECISIONS)


async def test_where_one_admits_and_another_was_silent_the_one_does_not_speak_for_both(mesh: Mesh) -> None:
    await two_of_a_line(mesh)
    mesh.network.down(ANHUI)
    one = await presented(mesh)
    await mesh.anhui.keep(land := record(ANHUI, LAND_TYPE, serial="5"))
    asked = replace(one, type_code=LAND_TYPE, number=land.number)
    silent = (await refused(mesh, asked)).refusal.reason
    mesh.network.up(ANHUI)
    mesh.jiangsu.health.alive(ANHUI)

    assert silent in {Reason.PEER_UNREACHABLE, Reason.PEER_DOWN}
    assert await verified(mesh, replace(asked, key="k2")) == 0


@pytest.mark.parametrize("known", [pytest.param(True, id="known here"), pytest.param(False, id="said when asked")])
async def test_a_province_that_does_not_let_us_look_is_not_said_to_have_none(mesh: Mesh, known: bool) -> None:
    await mesh.anhui.decide(LINE_OF_ALL, status="REJECTED")
    if known:
        await mesh.jiangsu.hold(mesh.anhui, Kind.DECISIONS)
    one = await presented(mesh, type_code=LAND_TYPE, number="号77")

    assert (await refused(mesh, one)).refusal.reason is Reason.USE_LIST_REJECTED


async def test_a_certificate_is_found_among_more_than_a_search_lists(mesh: Mesh) -> None:
    many = [record(ZHEJIANG, serial=str(n), number=f"多{n}") for n in range(2, MAX_ITEMS + 4)]
    await mesh.zhejiang.keep(*many)
    one = await presented(mesh, outputs=(Output.VERIFY, Output.DATA))
    named = RetrieveForm(apply_id=one.apply_id)
    results = []
    for record_ in (many[0], many[MAX_ITEMS - 1], many[MAX_ITEMS], many[-1]):
        results.append(await verified(mesh, replace(one, number=record_.number)))
        named = replace(named, named=Named(holder=HOLDER, type_code=MINING_TYPE, number=record_.number))
        assert (await mesh.jiangsu.retrieval.data(CALLER, named)).identifier == record_.identifier

    assert results == [0, 0, 0, 0]


async def test_of_a_certificate_that_was_issued_again_the_newest_version_is_verified_and_its_holder_told(
    mesh: Mesh,
) -> None:
    old, new = reissued(ZHEJIANG, "n")
    await mesh.zhejiang.keep(old, new)
    newest = await verified(mesh, await presented(mesh, number="n"))
    named = await verified(mesh, await presented(mesh, number="n", identifier=old.identifier, province=ZHEJIANG))
    given = mesh.zhejiang.entries(type="RETRIEVE", step="answered")

    assert (newest, named) == (0, 3)
    assert [len(one["notices"]) for one in given] == [2, 2]


async def test_the_own_library_is_verified_by_the_same_rules(mesh: Mesh) -> None:
    land = record(JIANGSU, LAND_TYPE, serial="8")
    await mesh.jiangsu.keep(land)
    one = await presented(mesh, type_code=LAND_TYPE, number=land.number, province=JIANGSU)
    before = len(mesh.network.calls)
    results = [await verified(mesh, one), await verified(mesh, one)]
    other = await refused(mesh, replace(one, surface=(NAME_WRONG,), key="k2"))
    own = mesh.jiangsu.entries(type="RETRIEVE", step="own")

    assert (results, other.refusal.reason) == ([0, 0], Reason.USE_CODE_SPENT)
    assert [len(row.get("notices", ())) for row in own] == [2, 0, 0]
    assert mesh.network.calls[before:] == []


async def test_no_value_stands_on_record_on_either_side(mesh: Mesh) -> None:
    one = await presented(mesh, surface=(NAME_WRONG,))
    await verified(mesh, one)
    every = repr((mesh.jiangsu.entries(type="RETRIEVE"), mesh.zhejiang.entries(type="RETRIEVE")))

    assert not [word for word in ("别的", "面值", HOLDER.name, HOLDER.code, CERTIFICATE.number) if word in every]
    assert "KZ_NAME" in every


async def test_what_a_line_system_writes_for_a_name_or_a_type_stands_on_record_on_neither_side(mesh: Mesh) -> None:
    person = "张三110101194912310021"
    for changes in ({"surface": (Claim(name=person, value="x"),)}, {"type_code": person, "province": ZHEJIANG}):
        await refused(mesh, await presented(mesh, **changes))
    asked = mesh.jiangsu.entries(type="RETRIEVE", step="asked")
    given = mesh.zhejiang.entries(type="RETRIEVE", step="answered")

    assert (len(asked), len(given)) == (2, 2)
    assert person not in json.dumps((asked, given), ensure_ascii=False)
