"""A peer that lies in the talk itself: what it invents accuses nobody else, what it denies stays found, and no third province is shown.

Each lies with its own log and its own key; the other side is the honest one.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from federation.model.evidence import EventType
from federation.model.reconcile import Bound, Claim, Element, Finding, Range
from node.ports.counterparts import Counterpart
from node.ports.reconciliations import MissingRecord, Result
from node.usecases.reconcile.talking import Talk
from tests.node.usecases.mesh import CALLER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, Province, record
from tests.node.usecases.reconcile.pair import Side, rebuilt, sides

EVER = Range(Bound(0), Bound(4_102_444_799_999))


@pytest.fixture
async def mesh(tmp_path: Path) -> Mesh:
    """Jiangsu applied, searched and fetched data from Zhejiang; the day is over."""
    made = await Mesh(tmp_path).ready()
    certificate = record(ZHEJIANG)
    await made.zhejiang.keep(certificate)
    form = await made.wish(certificate)
    await made.jiangsu.retrieval.data(CALLER, form)
    made.clock.move(hours=5)
    return made


async def invented(province: Province, **members: Any) -> int:
    """An entry of an answer that never was, four hours ago."""
    entry = province.recorder.entry(EventType.RETRIEVE, "received", members.pop("exchange", "never-was"), **members)
    return await province.store.transact(lambda nouns: nouns.evidence.append(entry))


def issued(mesh: Mesh) -> int:
    return round((mesh.clock().timestamp() - 4 * 3600) * 1000)


def answered(province: Province) -> dict[str, Any]:
    return next(one for one in province.entries(type="RETRIEVE") if one["step"] == "answered")


def held(side: Side) -> list[tuple[Finding, str]]:
    return [(one.finding, one.lacks) for one in side.province.store.read.reconciliations.missing(None, 99)]


def talk(mesh: Mesh, asker: str, peer: str) -> Talk:
    return Talk(mesh[asker].post, mesh.network.peers_of(asker), peer, mesh[asker].new_id)


def of_the_retrieval(side: Side) -> list[tuple[Finding, str]]:
    return [(one.finding, one.lacks) for one in side.alarms if one.event == "RETRIEVE"]


@pytest.mark.parametrize("word", [Finding.UNCONFIRMED, Finding.UNPROVEN, Finding.DISPUTED, Finding.MISSING])
async def test_a_provider_that_struck_out_is_convicted_by_the_proof_it_once_gave_whatever_it_says(
    mesh: Mesh, word: Finding
) -> None:
    both = sides(mesh)
    await rebuilt(mesh.zhejiang, lambda entry: None if entry["type"] == "RETRIEVE" else entry)

    async def says(*_: Any) -> str:
        return word.value

    both[ZHEJIANG].provider._claimed = says  # type: ignore[method-assign]
    done = await both[JIANGSU].compare(ZHEJIANG)

    assert done.result is Result.DIFFERENT
    assert of_the_retrieval(both[JIANGSU]) == [(Finding.MISSING, ZHEJIANG)]


async def test_a_consumer_without_our_new_key_that_lost_an_answer_is_not_accused(mesh: Mesh) -> None:
    both = sides(mesh)
    await rebuilt(mesh.jiangsu, lambda entry: None if entry["step"] == "received" else entry)

    async def says(*_: Any) -> str:
        return Finding.UNPROVEN.value

    both[JIANGSU].provider._claimed = says  # type: ignore[method-assign]
    await both[ZHEJIANG].compare(JIANGSU)

    assert (Finding.DISPUTED, "") in held(both[ZHEJIANG])
    assert both[ZHEJIANG].alarms == []


@pytest.mark.parametrize("real", [pytest.param(False, id="of no request"), pytest.param(True, id="of a real request")])
async def test_an_answer_that_a_consumer_invents_accuses_nobody(mesh: Mesh, real: bool) -> None:
    both, given = sides(mesh), answered(mesh.zhejiang)
    known = {"exchange": given["exchange"], "request": given["request"]} if real else {}
    await invented(mesh.jiangsu, peer=ZHEJIANG, answer="ab" * 32, issued=issued(mesh), **known)
    for asker, peer in ((JIANGSU, ZHEJIANG), (ZHEJIANG, JIANGSU)):
        assert (await both[asker].compare(peer)).findings == {"DISPUTED": 1}

    assert held(both[JIANGSU]) == held(both[ZHEJIANG]) == [(Finding.DISPUTED, "")]
    assert both[JIANGSU].alarms == both[ZHEJIANG].alarms == []
    assert all(one["lacks"] == "" for side in both.values() for entry in side.entries() for one in entry["findings"])


async def test_a_second_answer_that_a_provider_invents_to_one_request_convicts_it_by_its_two_entries(
    mesh: Mesh,
) -> None:
    both, given = sides(mesh), answered(mesh.zhejiang)
    await mesh.zhejiang.store.transact(lambda nouns: nouns.evidence.append({**given, "answer": "cd" * 32}))
    done = await both[JIANGSU].compare(ZHEJIANG)

    assert (done.result, of_the_retrieval(both[JIANGSU])) == (Result.DIFFERENT, [(Finding.ALTERED, ZHEJIANG)])
    proof = json.loads(both[JIANGSU].alarms[0].proof)
    entries = [json.loads(proof[which]["entry"]) for which in ("own", "kept")]
    assert len({one["request"] for one in entries}) == 1
    assert {one["answer"] for one in entries} == {"cd" * 32, given["answer"]}
    assert not any(one.get("learned") for one in both[JIANGSU].entries())


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"exchange": "x" * 40_000}, id="an exchange without end"),
        pytest.param({"exchange": "张三 310101199001011234"}, id="a person's name for an exchange"),
        pytest.param({"type": "张三"}, id="a person's name for a type"),
    ],
)
async def test_what_a_peer_writes_into_its_entries_does_not_get_into_our_log_nor_stop_the_round(
    mesh: Mesh, told: dict[str, str]
) -> None:
    both = sides(mesh)
    for number in range(3):
        entry = mesh.zhejiang.recorder.entry(EventType.RETRIEVE, "received", "e")
        entry |= {"peer": JIANGSU, "answer": f"{number:064x}", "issued": issued(mesh) + number, **told}
        await mesh.zhejiang.store.transact(lambda nouns, entry=entry: nouns.evidence.append(entry))  # type: ignore[misc]
    done = await both[JIANGSU].compare(ZHEJIANG)

    assert done.findings == {"UNPROVEN": 3}
    written = json.dumps([*both[JIANGSU].entries(), *both[ZHEJIANG].entries()], ensure_ascii=False)
    assert "张三" not in written
    assert len(written) < 10_000


async def test_nothing_of_a_third_province_is_shown(mesh: Mesh) -> None:
    sides(mesh)
    asked = talk(mesh, ZHEJIANG, JIANGSU)
    (parts,) = await asked.describe([EVER])
    shown = await asked.show([one for part in parts for one in part.elements])
    entries = [json.loads(claim.own.entry) for claim in shown if claim is not None]

    assert len(entries) == len(shown) == 3
    assert sorted(one["step"] for one in entries) == ["asked", "asked", "received"]
    assert not any({"outcomes", "found"} & one.keys() for one in entries)
    assert SHANGHAI not in json.dumps([json.loads(c.kept.entry) for c in shown if c is not None and c.kept is not None])


async def test_a_search_that_the_provider_struck_out_is_named_without_what_others_answered(mesh: Mesh) -> None:
    both = sides(mesh)
    await rebuilt(mesh.zhejiang, lambda entry: None if entry["type"] in {"SEARCH", "APPLY"} else entry)
    await both[JIANGSU].compare(ZHEJIANG)

    named = [one for one in both[ZHEJIANG].province.store.read.reconciliations.missing(None, 9) if one.proof]
    assert named
    assert {(one.finding, one.lacks) for one in named} == {(Finding.MISSING, ZHEJIANG)}
    assert not any("outcomes" in one.proof.decode() for one in named)


async def test_an_asker_that_keeps_no_proof_of_the_answer_any_more_is_believed_by_its_request(mesh: Mesh) -> None:
    both = sides(mesh)
    await mesh.jiangsu.store.transact(lambda nouns: nouns.receipts.purge(mesh.clock(), 1000))

    assert (await both[ZHEJIANG].compare(JIANGSU)).result is Result.AGREED


async def test_a_claim_is_about_one_answer_however_many_its_entry_names(mesh: Mesh) -> None:
    both = sides(mesh)
    named = [{"province": ZHEJIANG, "issued": issued(mesh) + k, "answer": f"{k:064x}"} for k in range(450)]
    index = await invented(mesh.jiangsu, outcomes=named)
    element = Element(issued(mesh), bytes(32))
    claim = Claim(element=element, own=await mesh.jiangsu.store.prove(index))
    words = await talk(mesh, JIANGSU, ZHEJIANG).claim([claim])

    found: list[MissingRecord] = list(both[ZHEJIANG].province.store.read.reconciliations.missing(None, 999))
    assert words == ["DISPUTED"]
    assert [(one.element, one.proof) for one in found] == [(element, b"")]  # 54 kB are no proof worth keeping


async def test_a_record_that_was_found_stays_open_while_the_peer_counts_it_and_shows_nothing(mesh: Mesh) -> None:
    both = sides(mesh)
    await rebuilt(mesh.zhejiang, lambda entry: None if entry["type"] == "RETRIEVE" else entry)
    await both[JIANGSU].compare(ZHEJIANG)
    (gone,) = (one for one in both[JIANGSU].alarms if one.event == "RETRIEVE")
    (found,) = [one for one in both[JIANGSU].province.store.read.reconciliations.missing(None, 9) if one == gone]
    await mesh.zhejiang.store.transact(
        lambda nouns: nouns.counterparts.note(Counterpart(JIANGSU, found.element), 10**6)  # type: ignore[attr-defined]
    )  # the digest that the claim told it
    mesh.clock.move(hours=1)
    again = await both[JIANGSU].compare(ZHEJIANG)

    assert again.result is Result.DIFFERENT
    assert (found.element, ZHEJIANG) in {
        (one.element, one.lacks) for one in both[JIANGSU].province.store.read.reconciliations.missing(None, 9)
    }
