"""Bundles of true entries that do not belong together, or that contradict one another: each is found by name. Clause 8.5.

Whoever makes one can sign in the maker's name, and has the other side's entries, also false ones that it logged to help.
"""

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from federation.model.evidence import EventType
from federation.proof_bundle import Check, State
from federation.proof_bundle.contents import part_of, salts_document
from federation.proof_bundle.lists import tree_document
from federation.proof_bundle.parts import SEAL
from node.paper import sheet_of, to_text
from node.ports.lists import Kind
from node.ports.store import Nouns
from node.storage.memory.store import MemoryStore
from node.usecases.contents import Keeper
from tests.node.usecases.mesh import HOLDER, JIANGSU, ZHEJIANG, Mesh, Province
from tests.node.usecases.proving.kit import Change, Kit, Parts, edited, kit_of, made
from tests.node.usecases.proving.making import used
from trust import canonical
from trust.checkpoint import parse_note
from trust.commitment import commit
from trust.entry_tree import BUCKETS, bucket_of, bucket_root, tree_root
from trust.envelope import LogProof
from trust.merkle import leaf_hash
from trust.tlog_proof import TlogProof, parse_tlog_proof

LINE, TREE, HEAD = "use-list/line.json", "use-list/tree.json", "use-list/head.json"
YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return made(tmp_path_factory.mktemp("forged"))


def dated(kit: Kit, after: timedelta) -> str:
    return (kit.mesh.clock() + after).isoformat(timespec="milliseconds")


def found(kit: Kit, sealed: Parts) -> list[Check]:
    return [one.check for one in kit.verified(sealed).problems]


def bare(parts: Parts) -> Parts:
    """Without what would open a commitment, the file, the report and the line."""
    gone = ("contents/", "consent", "file", "report", "use-list")
    return {name: data for name, data in parts.items() if not name.startswith(gone)}


def entry(type_: str, step: str, code: str, *, whole: bool = False, **changes: Any) -> Change:
    """A province logs its entries anew, in the order they had, with one of them changed; `whole`: the other parts stay."""

    def change(kit: Kit, parts: Parts) -> Parts:
        own = {name: data for name, data in parts.items() if name.startswith(f"log/{code}")}
        rest = {name: data for name, data in (parts if whole else bare(parts)).items() if name not in own}
        proofs = sorted(map(parse_tlog_proof, own.values()), key=lambda one: one.index)
        for members in [json.loads(one.extra) for one in proofs]:
            mine = (members["type"], members["step"]) == (type_, step)
            said = members | changes if mine else members
            data = kit.logged(kit.mesh[code], {name: one for name, one in said.items() if one is not None})
            rest[f"log/{code}-{parse_tlog_proof(data).index}.tlog-proof"] = data
        return rest

    return change


def redated(type_: str, step: str, code: str, after: timedelta) -> Change:
    return lambda kit, parts: entry(type_, step, code, time=dated(kit, after))(kit, parts)


def foreign(kit: Kit, parts: Parts) -> Parts:
    strange = kit.maker.recorder.entry(EventType.RETRIEVE, "received", "another", peer=ZHEJIANG, file="00" * 32)
    return parts | placed(kit, strange)


def placed(kit: Kit, members: dict[str, Any]) -> Parts:
    data = kit.logged(kit.maker, members)
    return {f"log/{kit.maker.code}-{parse_tlog_proof(data).index}.tlog-proof": data}


def behind(type_: str, step: str, code: str) -> Change:
    """An entry as it was, but logged again behind all others."""
    return lambda kit, parts: kit.reentered(parts, type_, step, kit.mesh[code])


@pytest.mark.parametrize(
    ("change", "check"),
    [
        pytest.param(
            entry("RETRIEVE", "asked", JIANGSU, apply="B"), Check.EXCHANGE, id="asked under another application"
        ),
        pytest.param(redated("RETRIEVE", "asked", JIANGSU, YEAR), Check.EXCHANGE, id="asked a year after the answer"),
        pytest.param(
            redated("RETRIEVE", "asked", JIANGSU, timedelta(minutes=-6)), Check.VERDICT, id="asked before the verdict"
        ),
        pytest.param(
            redated("RETRIEVE", "received", JIANGSU, -10 * YEAR), Check.EXCHANGE, id="received ten years before"
        ),
        pytest.param(
            redated("RETRIEVE", "received", JIANGSU, 30 * YEAR), Check.LOGS, id="received ten years after the seal"
        ),
        pytest.param(redated("APPLY", "asked", JIANGSU, YEAR), Check.VERDICT, id="applied a year after the verdict"),
        pytest.param(
            redated("RETRIEVE", "answered", ZHEJIANG, -10 * YEAR),
            Check.EXCHANGE,
            id="answered ten years before the question",
        ),
        pytest.param(
            behind("VERIFY", "answered", ZHEJIANG), Check.VERDICT, id="a verdict behind the answer in one log"
        ),
        pytest.param(
            behind("RETRIEVE", "asked", JIANGSU), Check.EXCHANGE, id="a question behind the arrival in one log"
        ),
        pytest.param(behind("APPLY", "asked", JIANGSU), Check.VERDICT, id="an application behind the use in one log"),
        pytest.param(
            entry("VERIFY", "answered", ZHEJIANG, consent="ab" * 32), Check.APPLICATION, id="a consent only there"
        ),
        pytest.param(entry("APPLY", "asked", JIANGSU, consent="ab" * 32), Check.APPLICATION, id="a consent only here"),
        pytest.param(entry("VERIFY", "answered", ZHEJIANG, org="X"), Check.APPLICATION, id="passed for another unit"),
        pytest.param(
            entry("VERIFY", "answered", ZHEJIANG, item="X"), Check.APPLICATION, id="passed for another matter"
        ),
        pytest.param(
            entry("VERIFY", "answered", ZHEJIANG, types=["X"]), Check.APPLICATION, id="passed for other types"
        ),
        pytest.param(entry("APPLY", "asked", JIANGSU, org=None), Check.APPLICATION, id="applied for no unit"),
        pytest.param(entry("APPLY", "asked", JIANGSU, line="X"), Check.APPLICATION, id="applied under another line"),
        pytest.param(
            entry("APPLY", "asked", JIANGSU, line_version=7), Check.APPLICATION, id="applied under another version"
        ),
        pytest.param(
            entry("RETRIEVE", "answered", ZHEJIANG, org="X"), Check.APPLICATION, id="handed out to another unit"
        ),
        pytest.param(
            entry("RETRIEVE", "answered", ZHEJIANG, item="X"), Check.APPLICATION, id="handed out for another matter"
        ),
        pytest.param(
            entry("RETRIEVE", "answered", ZHEJIANG, original="00" * 32), Check.EXCHANGE, id="of another original"
        ),
        pytest.param(entry("RETRIEVE", "answered", ZHEJIANG, original=None), Check.EXCHANGE, id="of no original"),
        pytest.param(
            entry("RETRIEVE", "answered", ZHEJIANG, refusal={"reason": "PAUSED"}),
            Check.EXCHANGE,
            id="received what was refused",
        ),
        pytest.param(foreign, Check.APPLICATION, id="an entry of another exchange"),
    ],
)
def test_true_entries_that_do_not_belong_together_are_found_by_name(kit: Kit, change: Change, check: Check) -> None:
    problems = found(kit, kit.sealed(change(kit, kit.parts), time=dated(kit, 20 * YEAR)))

    assert problems[:1] == [check], problems


def test_without_contents_and_line_it_holds(kit: Kit) -> None:
    assert found(kit, kit.sealed(bare(kit.parts), contents=False)) == []


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        pytest.param({"apply": "other"}, Check.SEAL, id="of another application"),
        pytest.param({"contents": False}, Check.SEAL, id="over no contents, and there are some"),
    ],
)
def test_a_seal_that_says_something_else_is_found(kit: Kit, changes: dict[str, Any], check: Check) -> None:
    assert found(kit, kit.sealed(kit.parts, **changes)) == [check]


def test_a_seal_of_before_the_use_is_found(kit: Kit) -> None:
    verdict = kit.verified(kit.sealed(kit.parts, time=dated(kit, -10 * YEAR)))

    assert [(one.check, one.part) for one in verdict.problems] == [(Check.LOGS, SEAL)]


async def _under_two(folder: Path) -> tuple[Kit, str]:
    """A use under one application, and another application, passed after it, for another holder and purpose."""
    mesh = await Mesh(folder).ready()
    kit = await kit_of(mesh, await used(mesh))
    other = await mesh.jiangsu.submit(
        holder=replace(HOLDER, name="另一持证人"), use_cause="另一用途", biz_num="2026-999"
    )
    return kit, other.application.apply_id


def _of_application(province: Province, apply_id: str) -> Parts:
    """The entries of an application in a log."""
    found: Parts = {}
    for one in province.store.read.evidence.entries(0, 100):
        members = json.loads(one.entry)
        if members.get("apply") == apply_id and members["type"] in {"APPLY", "VERIFY"} and members["step"] != "own":
            shown = TlogProof.showing(asyncio.run(province.store.prove(one.index))).text()
            found[f"log/{province.code}-{one.index}.tlog-proof"] = shown
    return found


def _contents_of(province: Province, apply_id: str, provider: str) -> Parts:
    """The contents of an application, and what a provider decided on it."""
    keeper = Keeper(vault=province.vault, clock=province.clock)
    opened = [one for stored in province.store.read.contents.of(apply_id, 100) if (one := keeper.open(stored))]
    chosen = {
        one.label: one
        for one in opened
        if one.label == "application" or (one.label == "verdict" and json.loads(one.content)["provider"] == provider)
    }
    return {part_of(label): one.content for label, one in chosen.items()} | {
        "contents/salts.json": salts_document(chosen)
    }


def test_another_application_cannot_be_put_behind_a_use(tmp_path: Path) -> None:
    kit, other = asyncio.run(_under_two(tmp_path))
    used_entries = {
        name: data
        for name, data in kit.parts.items()
        if not name.startswith(("contents/", "log/")) or b'"type":"RETRIEVE"' in parse_extra(name, data)
    }
    parts = used_entries | _of_application(kit.mesh.jiangsu, other) | _of_application(kit.mesh.zhejiang, other)
    parts |= _contents_of(kit.mesh.jiangsu, other, ZHEJIANG)

    assert found(kit, kit.sealed_as(parts, {"apply_id": other}))[0] is Check.EXCHANGE
    assert found(kit, kit.sealed(parts))[0] is Check.APPLICATION


def parse_extra(name: str, data: bytes) -> bytes:
    return parse_tlog_proof(data).extra if name.startswith("log/") else b""


def _line(**changes: Any) -> Callable[[Kit], Parts]:
    """The line, published anew with other members by its publisher; `issued` is when."""

    def shown(kit: Kit) -> Parts:
        line = json.loads(kit.parts[LINE]) | {name: one for name, one in changes.items() if name != "issued"}
        body = canonical.dumps(line)
        buckets: list[list[bytes]] = [[] for _ in range(BUCKETS)]
        buckets[bucket_of("JS-0001")].append(leaf_hash(body))
        roots = [bucket_root(one) for one in buckets]
        payload = json.loads(b64decode(json.loads(kit.parts[HEAD])["payload"]))
        issued = (kit.mesh.clock() + changes.get("issued", timedelta())).isoformat(timespec="seconds")
        payload |= {"root": tree_root(roots).hex(), "version": 99, "previous": "ab" * 32, "issued": issued}
        head = kit.mesh.jiangsu.sign(canonical.dumps(payload), Kind.USELIST).document("uselist")
        tree = tree_document(buckets[bucket_of("JS-0001")], b"".join(roots))
        return kit.parts | {LINE: body, HEAD: head, TREE: tree}

    return shown


@pytest.mark.parametrize(
    ("line", "state"),
    [
        pytest.param(_line(), State.PASSED, id="in force"),
        pytest.param(_line(status="WITHDRAWN"), State.ABSENT, id="withdrawn"),
        pytest.param(_line(status="SUSPENDED"), State.ABSENT, id="suspended"),
        pytest.param(_line(effective="2031-01-01T00:00:00Z"), State.ABSENT, id="effective years later"),
        pytest.param(_line(issued=900 * YEAR / 365), State.ABSENT, id="published years later"),
    ],
)
def test_a_line_that_was_not_in_force_is_not_told_as_one(kit: Kit, line: Callable[[Kit], Parts], state: State) -> None:
    verdict = kit.verified(kit.sealed(line(kit)))

    assert verdict.finding(Check.USE_LIST).state is state
    assert verdict.ok, verdict.problems
    assert verdict.use is not None
    assert bool(verdict.use.use_list) is (state is State.PASSED)


def _fork(kit: Kit, size: int) -> Parts:
    """The maker's entries in a second log of its own, as long as the one that it shows."""
    other = MemoryStore(sign_checkpoint=kit.maker._sign_head)
    names = [name for name in kit.parts if name.startswith(f"log/{kit.maker.code}")]
    said = [json.loads(parse_tlog_proof(kit.parts[name]).extra) for name in names]
    filled = [*said, *({"node": kit.maker.code} for _ in range(size - len(said)))]

    def unit(nouns: Nouns) -> None:
        for one in filled:
            nouns.evidence.append(one)

    async def log() -> list[LogProof]:
        await other.transact(unit)
        return [await other.prove(index) for index in range(len(said))]

    proofs = asyncio.run(log())
    rest = {name: data for name, data in kit.parts.items() if name not in names}
    return rest | {f"log/{kit.maker.code}-{one.index}.tlog-proof": TlogProof.showing(one).text() for one in proofs}


@pytest.mark.parametrize("shorter", [0, 1, 3])
def test_two_logs_of_one_province_convict_it(kit: Kit, shorter: int) -> None:
    size = kit.maker.store.read.evidence.head().size + 1  # of the head over the seal
    parts = kit.sealed(_fork(kit, size - shorter))
    assert parse_note(parse_tlog_proof(parts[SEAL]).checkpoint).checkpoint.size == size

    assert found(kit, parts) == [Check.LOGS]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return made(tmp_path_factory.mktemp("data"), data=True)


def test_what_the_consumer_did_not_take_is_not_told_as_handed_out(data: Kit) -> None:
    name, members = data.entry(data.parts, "RETRIEVE", "received", JIANGSU)
    rest = {one: content for one, content in data.parts.items() if one != name}
    refused = members | {"step": "refused", "refusal": {"reason": "PEER_ERROR"}}
    verdict = data.verified(data.sealed(rest | placed(data, refused)))

    assert verdict.ok, verdict.problems
    assert "未接受：PEER_ERROR" in verdict.finding(Check.EXCHANGE).zh
    assert verdict.use is not None
    assert (verdict.use.outcome, verdict.use.received, verdict.use.not_taken) == ("OK", "", "PEER_ERROR")
    assert "已提供" not in to_text(sheet_of(verdict))


def test_a_report_on_what_was_not_taken_is_borne_out_by_nothing(kit: Kit) -> None:
    name, members = kit.entry(kit.parts, "RETRIEVE", "received", JIANGSU)
    rest = {one: content for one, content in kit.parts.items() if one != name}
    said = {"step": "refused", "refusal": {"reason": "FILE_MISMATCH"}}
    refused = {key: one for key, one in members.items() if key not in {"file", "original", "verdict", "size"}} | said
    report = json.loads(rest["report.json"]) | {"file": "00" * 32}
    verdict = kit.verified(kit.sealed(rest | placed(kit, refused) | {"report.json": canonical.dumps(report)}))

    assert verdict.ok, verdict.problems
    assert verdict.finding(Check.REPORT).state is State.ABSENT


def test_a_copy_for_another_unit_or_purpose_than_the_application_is_found(kit: Kit) -> None:
    def change(**changes: Any) -> Parts:
        application = edited(kit.parts["contents/application.json"], **changes)
        salts = json.loads(kit.parts["contents/salts.json"])
        binds = {"application": commit("application", bytes.fromhex(salts["application"]), application)}
        parts = kit.parts | {"contents/application.json": application}
        for type_, code in (("VERIFY", ZHEJIANG), ("APPLY", JIANGSU)):
            step = "answered" if type_ == "VERIFY" else "asked"
            _, members = kit.entry(parts, type_, step, code)
            parts = entry(type_, step, code, whole=True, binds=members["binds"] | binds)(kit, parts)
        return parts

    assert found(kit, kit.sealed(change())) == []
    for other in ({"use_cause": "另一用途"}, {"use_org_name": "另一单位"}):
        assert found(kit, kit.sealed(change(**other))) == [Check.FILE]
