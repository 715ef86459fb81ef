"""The receipt of an asking: what it proves on a machine that was not there, and that nothing in it can be changed. Clause 8.5."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from federation.holder_uses import Report, UsesReceipt, check, from_json
from federation.receipt import keys_of
from node.ports.holder_uses import UsesTold
from tests.node.usecases.holder_log.story import PERSON, answering, ask, leaving_out, use
from tests.node.usecases.mesh import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, Mesh
from trust.errors import EvidenceError

ALL = frozenset({SHANGHAI, JIANGSU, ZHEJIANG, ANHUI})
Raw = dict[str, Any]


def checked(mesh: Mesh, receipt: UsesReceipt) -> Report:
    return check(receipt, keys_of([mesh.shanghai.directory.membership]), ALL)


def file_of(told: UsesTold) -> Raw:
    raw: Raw = json.loads(told.receipt.to_json())
    return raw


async def test_the_file_shows_what_each_province_said_and_the_verdict_made_anew(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    told = await ask(mesh)
    report = checked(mesh, from_json(told.receipt.to_json()))

    assert report.ok
    assert (report.verdict, report.claimed, report.contradictions) == ("COMPLETE", "COMPLETE", ())
    assert [(one.province, one.outcome, one.uses) for one in report.findings] == [
        (SHANGHAI, "OK", 1),
        (JIANGSU, "OK", 1),
        (ZHEJIANG, "OK", 1),
        (ANHUI, "EMPTY", 0),
    ]
    assert {one.exchange_id for one in report.claims} == {exchange_id}
    for secret in (PERSON.code, PERSON.name):
        assert secret not in told.receipt.to_json().decode()


async def test_the_file_shows_who_left_something_out(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    answering(mesh, JIANGSU, leaving_out(exchange_id))
    told = await ask(mesh)
    report = checked(mesh, from_json(told.receipt.to_json()))

    assert report.ok
    assert report.contradictions == told.found
    assert [(one.province, one.exchange_id) for one in report.contradictions] == [(JIANGSU, exchange_id)]
    assert report.verdict == "INCOMPLETE"


async def test_the_file_shows_who_was_silent(mesh: Mesh) -> None:
    await use(mesh)
    mesh.network.down(ANHUI)
    report = checked(mesh, (await ask(mesh)).receipt)

    assert (report.ok, report.verdict) == (True, "INCOMPLETE")
    assert [one.outcome for one in report.findings if one.province == ANHUI] == ["ERROR"]


def without_a_use(raw: Raw) -> None:
    raw["listings"][ZHEJIANG][0]["uses"].pop()


def without_a_list(raw: Raw) -> None:
    raw["listings"].pop(ZHEJIANG)


def without_a_question(raw: Raw) -> None:
    raw["requests"].clear()


def of_another_exchange(raw: Raw) -> None:
    raw["listings"][ZHEJIANG][0]["uses"][0]["exchange"] = "another"


def of_another_part(raw: Raw) -> None:
    raw["listings"][JIANGSU][0]["uses"][0]["role"] = "PROVIDER"


def another_salt(raw: Raw) -> None:
    raw["listings"][ZHEJIANG][0]["salt"] = "00" * 32


def another_entry(raw: Raw) -> None:
    use_of = raw["listings"][ZHEJIANG][0]["uses"][0]
    use_of["entry"] = use_of["entry"].replace('"DATA"', '"FILE"')


def cut_short(raw: Raw) -> None:
    raw["listings"][ZHEJIANG][0]["truncated"] = True


def of_a_stranger(raw: Raw) -> None:
    raw["listings"]["650000"] = raw["listings"][ANHUI]


def of_one_for_another(raw: Raw) -> None:
    raw["listings"][ANHUI] = raw["listings"][ZHEJIANG]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(without_a_use, id="a use was taken out of a list"),
        pytest.param(without_a_list, id="a list was taken out"),
        pytest.param(without_a_question, id="the question was taken out"),
        pytest.param(of_another_exchange, id="a use is of another exchange"),
        pytest.param(of_another_part, id="a province had another part"),
        pytest.param(another_salt, id="another salt"),
        pytest.param(another_entry, id="an entry was changed"),
        pytest.param(cut_short, id="a list is said to be cut short"),
        pytest.param(of_a_stranger, id="a list of nobody who is named"),
        pytest.param(of_one_for_another, id="the list of another province"),
    ],
)
async def test_a_changed_file_is_found_out(mesh: Mesh, change: Callable[[Raw], None]) -> None:
    await use(mesh)
    raw = file_of(await ask(mesh))
    change(raw)

    assert not checked(mesh, from_json(json.dumps(raw).encode())).ok


async def test_a_changed_entry_of_the_asker_proves_nothing(mesh: Mesh) -> None:
    raw = file_of(await ask(mesh))
    raw["answered"]["entry"] = raw["answered"]["entry"].replace("COMPLETE", "INCOMPLETE")

    with pytest.raises(EvidenceError):
        checked(mesh, from_json(json.dumps(raw).encode()))


async def test_a_member_that_is_not_named_is_missed(mesh: Mesh) -> None:
    report = check((await ask(mesh)).receipt, keys_of([mesh.shanghai.directory.membership]), ALL | {"360000"})

    assert (report.ok, report.problems) == (False, ("360000 is a member and is not named",))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"v":1}', id="no type"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"v":1,"type":"certmesh.search.receipt"}', id="another receipt"),
    ],
)
def test_what_is_no_receipt_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"receipt|certmesh|JSON|Expecting"):
        from_json(data)


async def test_a_file_beyond_its_bounds_is_refused(mesh: Mesh) -> None:
    raw = file_of(await ask(mesh))
    listing = raw["listings"][ANHUI][0]
    changes: dict[str, Any]
    for changes in (
        {"listings": {f"{number}0000": [] for number in range(65)}},
        {"requests": raw["requests"] * 65},
        {"listings": {ANHUI: [listing] * 9}},
        {"listings": {ANHUI: [listing | {"uses": [{}] * 101}]}},
        {"answered": raw["answered"] | {"index": True}},
        {"answered": raw["answered"] | {"path": ["00" * 32] * 64}},
    ):
        with pytest.raises(ValueError, match=r"not|more|longer|index"):
            from_json(json.dumps(raw | changes).encode())


async def test_it_is_written_in_one_form(mesh: Mesh) -> None:
    await use(mesh)
    receipt = (await ask(mesh)).receipt

    assert from_json(receipt.to_json()).to_json() == receipt.to_json()
    assert replace(receipt, listings={}).to_json() != receipt.to_json()
