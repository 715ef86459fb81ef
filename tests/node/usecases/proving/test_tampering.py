"""Every changed byte, and every part that was cut, moved, added or taken away, fails with the part named. federation.proof_bundle."""

import json
from typing import Any

import pytest

from federation.proof_bundle import Check, State, verify_bundle
from federation.proof_bundle.chain import believe
from federation.proof_bundle.check import MAX_ENTRIES
from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.judge import check_seal
from federation.proof_bundle.logs import prove
from federation.proof_bundle.members import Keys
from federation.proof_bundle.parts import MANIFEST, SEAL
from tests.node.usecases.mesh import ZHEJIANG
from tests.node.usecases.proving.kit import Change, Kit, Parts, edited, made
from trust import gm
from trust.commitment import commit


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return made(tmp_path_factory.mktemp("proof"))


def failed(kit: Kit, parts: Parts) -> list[tuple[Check, str]]:
    return [(one.check, one.part) for one in kit.verified(parts).problems]


def test_as_it_was_made_it_holds(kit: Kit) -> None:
    verdict = kit.verified()

    assert verdict.ok, verdict.problems
    assert {one.check for one in verdict.findings} == set(Check)


def test_no_byte_of_the_zip_can_be_changed(kit: Kit) -> None:
    data = kit.zip
    step = 61  # every byte of a smaller zip is changed in tests/trust/test_bundle.py
    for at in range(0, len(data), step):
        changed = verify_bundle(data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :], kit.trusted)
        assert [one.check for one in changed.problems] == [Check.CONTAINER], at


def test_a_changed_part_in_a_whole_zip_is_named(kit: Kit) -> None:
    for name, data in kit.parts.items():
        for at in {0, len(data) // 2, len(data) - 1}:
            changed = data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :]
            found = failed(kit, kit.parts | {name: changed})

            assert found, name
            assert name in {MANIFEST, found[0][1]}  # of the manifest's own bytes, the part whose line it is


def test_no_byte_of_the_manifest_can_be_changed(kit: Kit) -> None:
    manifest, read, keys = kit.parts[MANIFEST], kit.manifest(), keys_of(kit)
    seal = prove(SEAL, kit.parts[SEAL], keys)
    for at in range(len(manifest)):
        changed = manifest[:at] + bytes([manifest[at] ^ 0x01]) + manifest[at + 1 :]
        with pytest.raises(FlawError):
            check_seal(seal, read, gm.sm3(changed).hex())


def test_no_byte_of_the_seal_can_be_changed(kit: Kit) -> None:
    seal, keys, read, digest = kit.parts[SEAL], keys_of(kit), kit.manifest(), gm.sm3(kit.parts[MANIFEST]).hex()
    for at in range(len(seal)):
        changed = seal[:at] + bytes([seal[at] ^ 0x01]) + seal[at + 1 :]
        with pytest.raises(FlawError):
            check_seal(prove(SEAL, changed, keys), read, digest)


def keys_of(kit: Kit) -> Keys:
    documents = {name: data for name, data in kit.parts.items() if name.startswith("membership/")}
    return Keys(believe(documents, kit.trusted), {})


def without(name: str) -> Change:
    return lambda _, parts: {one: data for one, data in parts.items() if one != name}


def moved(_: Kit, parts: Parts) -> Parts:
    first, second, *rest = parts
    return {one: parts[one] for one in (second, first, *rest)}


@pytest.mark.parametrize(
    ("change", "check", "part"),
    [
        pytest.param(without("report.json"), Check.MANIFEST, "report.json", id="a part taken away"),
        pytest.param(without(SEAL), Check.MANIFEST, SEAL, id="no seal"),
        pytest.param(without(MANIFEST), Check.MANIFEST, MANIFEST, id="no manifest"),
        pytest.param(lambda _, parts: parts | {"note": b"x"}, Check.MANIFEST, "note", id="a part added"),
        pytest.param(moved, Check.MANIFEST, MANIFEST, id="parts moved"),
        pytest.param(
            lambda _, parts: parts | {"report.json": parts["use-list/line.json"]},
            Check.MANIFEST,
            "report.json",
            id="one part in the place of another",
        ),
    ],
)
def test_parts_that_are_not_those_of_the_manifest_are_found(kit: Kit, change: Change, check: Check, part: str) -> None:
    assert failed(kit, change(kit, kit.parts)) == [(check, part)]


def content(name: str, **changes: Any) -> Change:
    return lambda _, parts: parts | {name: edited(parts[name], **changes)}


def salted(_: Kit, parts: Parts) -> Parts:
    salts = json.loads(parts["contents/salts.json"]) | {"application": "00" * 32}
    return parts | {"contents/salts.json": edited(b"{}", **salts)}


def entry(type_: str, step: str, code: str, **changes: Any) -> Change:
    return lambda kit, parts: kit.reentered(parts, type_, step, kit.mesh[code], **changes)


OFD, LINE, TREE, HEAD = "file.ofd", "use-list/line.json", "use-list/tree.json", "use-list/head.json"
JIANGSU = "320000"


@pytest.mark.parametrize(
    ("change", "check"),
    [
        pytest.param(
            content("contents/application.json", use_cause="另一用途"), Check.APPLICATION, id="another purpose"
        ),
        pytest.param(salted, Check.APPLICATION, id="another salt"),
        pytest.param(without("contents/salts.json"), Check.APPLICATION, id="contents without their salts"),
        pytest.param(content("contents/verdict.json", result="REJECT"), Check.VERDICT, id="another verdict"),
        pytest.param(lambda _, parts: parts | {OFD: parts[OFD] + b"\x00"}, Check.FILE, id="another file"),
        pytest.param(content("report.json", file="00" * 32), Check.REPORT, id="a report on another file"),
        pytest.param(content(LINE, item_code="ITEM-2"), Check.USE_LIST, id="another line"),
        pytest.param(
            lambda _, parts: parts | {TREE: parts[TREE].replace(b"a", b"b")}, Check.USE_LIST, id="another tree"
        ),
        pytest.param(without(HEAD), Check.USE_LIST, id="a line without its publication"),
        pytest.param(
            lambda _, parts: parts | {HEAD: parts[HEAD].replace(b'"sig":"', b'"sig":"AAAA')},
            Check.USE_LIST,
            id="a publication that nobody signed",
        ),
        pytest.param(
            lambda _, parts: parts | {"consent.json": b"{}"}, Check.CONSENT, id="a consent that no entry names"
        ),
        pytest.param(
            lambda kit, parts: {
                k: v for k, v in parts.items() if k != kit.entry(parts, "RETRIEVE", "answered", ZHEJIANG)[0]
            },
            Check.EXCHANGE,
            id="without the provider's entry",
        ),
        pytest.param(
            lambda kit, parts: {
                k: v for k, v in parts.items() if k != kit.entry(parts, "VERIFY", "answered", ZHEJIANG)[0]
            },
            Check.APPLICATION,
            id="without the provider's verdict",
        ),
        pytest.param(
            entry("RETRIEVE", "received", JIANGSU, answer="00" * 32), Check.EXCHANGE, id="received what was not sent"
        ),
        pytest.param(entry("RETRIEVE", "asked", JIANGSU, request="00" * 32), Check.EXCHANGE, id="asked something else"),
        pytest.param(
            entry("RETRIEVE", "answered", ZHEJIANG, certificate="X"), Check.EXCHANGE, id="another certificate"
        ),
        pytest.param(
            entry("RETRIEVE", "received", JIANGSU, file="00" * 32), Check.FILE, id="sides that name two files"
        ),
        pytest.param(entry("VERIFY", "answered", ZHEJIANG, result="REJECT"), Check.APPLICATION, id="a rejection"),
        pytest.param(
            entry("VERIFY", "answered", ZHEJIANG, allowed_outputs=["DATA"]), Check.VERDICT, id="beyond the verdict"
        ),
        pytest.param(
            entry("APPLY", "asked", JIANGSU, binds={"application": "00" * 32}),
            Check.APPLICATION,
            id="sides that bind two applications",
        ),
        pytest.param(
            lambda _, parts: parts | {"membership/0001.json": parts["membership/0001.json"].replace(b"sig", b"sug")},
            Check.MEMBERSHIP,
            id="a membership document that nobody signed",
        ),
        pytest.param(
            lambda kit, parts: (
                parts | {"log/320000-0.tlog-proof": parts[kit.entry(parts, "RETRIEVE", "asked", JIANGSU)[0]]}
            ),
            Check.LOGS,
            id="an entry called after another place",
        ),
    ],
)
def test_who_can_seal_anew_is_found_by_name(kit: Kit, change: Change, check: Check) -> None:
    found = failed(kit, kit.sealed(change(kit, kit.parts)))

    assert found[0][0] is check, found


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"manifest": "00" * 32}, id="over another manifest"),
        pytest.param({"type": "RETRIEVE"}, id="of another kind"),
        pytest.param({"exchange": "another"}, id="of another exchange"),
    ],
)
def test_a_seal_that_is_none_is_found(kit: Kit, changes: dict[str, Any]) -> None:
    verdict = kit.verified(kit.sealed(kit.parts, **changes))

    assert [one.check for one in verdict.problems] == [Check.SEAL]


def test_without_the_right_fingerprint_nothing_is_believed(kit: Kit) -> None:
    kit = Kit(mesh=kit.mesh, maker=kit.maker, parts=kit.parts, trusted="00" * 32)
    verdict = kit.verified()

    assert [one.check for one in verdict.problems] == [Check.MEMBERSHIP]
    assert verdict.finding(Check.EXCHANGE).state is State.UNCHECKED
    assert verdict.use is None


@pytest.mark.parametrize("data", [b"", b"PK", b"\x00" * 1000, b"not a zip at all"])
def test_what_is_no_zip_is_a_verdict_too(kit: Kit, data: bytes) -> None:
    verdict = verify_bundle(data, kit.trusted)

    assert [one.check for one in verdict.problems] == [Check.CONTAINER]
    assert not verdict.ok


@pytest.mark.parametrize("document", [b"[]", b"{}", b"7", b'{"apply_id":[]}', b"[" * 5000, b"\xff"])
def test_what_members_signed_may_have_any_form(kit: Kit, document: bytes) -> None:
    salt = bytes(32)
    binds = {"application": commit("application", salt, document)}
    parts = kit.reentered(kit.parts, "APPLY", "asked", kit.mesh.jiangsu, binds=binds)
    _, members = kit.entry(parts, "VERIFY", "answered", ZHEJIANG)
    parts = kit.reentered(parts, "VERIFY", "answered", kit.mesh.zhejiang, binds=members["binds"] | binds)
    salts = json.loads(parts["contents/salts.json"]) | {"application": salt.hex()}
    changed = parts | {"contents/application.json": document, "contents/salts.json": edited(b"{}", **salts)}

    assert failed(kit, kit.sealed(changed))[0][0] is Check.APPLICATION


def test_more_entries_than_a_use_has_are_not_looked_at(kit: Kit) -> None:
    one = kit.parts[kit.entry(kit.parts, "RETRIEVE", "asked", JIANGSU)[0]]
    many = {f"log/320000-{index}.tlog-proof": one for index in range(1000, 1000 + MAX_ENTRIES)}

    assert failed(kit, kit.sealed(kit.parts | many))[0] == (Check.LOGS, "")
