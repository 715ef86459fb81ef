"""The archive package of a use: an index by GB/T 36903, the file, the proof, and not a byte that does not follow from it. Clause 8.5."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from federation.model.application import Output
from federation.proof_archive import ITEMS, proof_in, verify_archive
from federation.proof_bundle import Check
from node.cli import app
from node.library.invented import LAND_TYPE
from node.ports.proving import Made
from node.usecases.proving.archiving import archived
from tests.node.usecases.mesh import CALLER, HOLDER, ZHEJIANG, Mesh, record
from tests.node.usecases.proving.making import fingerprint, proofs_of, used
from trust import gm
from trust.bundle import read_bundle, write_bundle
from trust.errors import BundleError

CERTIFICATE = record(ZHEJIANG, LAND_TYPE)
"""What `used` retrieves."""


CERTIFICATE = record(ZHEJIANG)


async def of_file(mesh: Mesh) -> tuple[Made, bytes]:
    """The package of a usage copy, and that."""
    use = await used(mesh)
    made = await proofs_of(mesh.jiangsu).make(use.exchange, file=use.file)
    return await archived(made), use.file


async def of_data(mesh: Mesh, *, contents: bool = True) -> Made:
    """The package of face data."""
    await mesh.zhejiang.keep(CERTIFICATE)
    received = await mesh.jiangsu.retrieval.data(CALLER, await mesh.wish(CERTIFICATE))
    return await archived(await proofs_of(mesh.jiangsu).make(received.exchange_id, contents=contents))


def index_in(data: bytes) -> dict[str, dict[str, str]]:
    index: dict[str, dict[str, str]] = json.loads(read_bundle(data)["index.json"])
    return index


def judged(mesh: Mesh, data: bytes) -> tuple[bool, list[tuple[Check, str]]]:
    proof = proof_in(data)
    assert proof is not None
    verdict = verify_archive(data, proof, fingerprint(mesh))
    return verdict.ok, [(one.check, one.part) for one in verdict.problems]


def caught(mesh: Mesh, data: bytes) -> bool:
    """Whether a package is not believed: it is no container any more, none with a proof, or says something else than that."""
    try:
        return proof_in(data) is None or not judged(mesh, data)[0]
    except BundleError:
        return True


async def test_a_package_holds_proof_file_index_and_checksums_and_verifies(mesh: Mesh) -> None:
    made, file = await of_file(mesh)
    parts = read_bundle(made.bundle)
    sums = dict(line.split("  ")[::-1] for line in parts["sm3sum.txt"].decode().splitlines())

    assert list(parts) == ["index.json", "index.xml", "proof.zip", "file.ofd", "sm3sum.txt"]
    assert parts["file.ofd"] == file == read_bundle(parts["proof.zip"])["file.ofd"]
    assert sums == {name: gm.sm3(data).hex() for name, data in parts.items() if name != "sm3sum.txt"}
    assert judged(mesh, made.bundle) == (True, [])
    assert (made.verdict.sm3, made.verdict.size) == (gm.sm3(made.bundle).hex(), len(made.bundle))


async def test_the_index_of_face_data_names_the_certificate_by_the_standard(mesh: Mesh) -> None:
    index = index_in((await of_data(mesh)).bundle)

    assert index["certificate"] == {
        "certificateName": CERTIFICATE.name,
        "certificateTypeName": CERTIFICATE.type_name,
        "certificateTypeCode": CERTIFICATE.type_code,
        "certificateNumber": CERTIFICATE.number,
        "certificateIdentifier": CERTIFICATE.identifier,
        "certificateIssuingAuthorityName": CERTIFICATE.issuer_name,
        "certificateIssuingAuthorityCode": CERTIFICATE.issuer_code,
        "certificateIssuedDate": "2024-05-01",
        "certificateHolderName": HOLDER.name,
        "certificateHolderCode": HOLDER.code,
        "certificateHolderTypeCode": HOLDER.type_code,
        "certificateEffectiveDate": "2024-05-01",
    } | {name: value for name, value in index["certificate"].items() if name == "certificateExpiringDate"}
    assert index["use"]["outputMode"] == Output.DATA.value
    assert index["use"]["useCause"] == "样例用途"
    assert index["use"]["consumerProvince"] == "320000"


async def test_xml_and_json_say_the_same(mesh: Mesh) -> None:
    made, _ = await of_file(mesh)
    parts, index = read_bundle(made.bundle), index_in(made.bundle)
    root = ET.fromstring(parts["index.xml"])
    shorts = {item.name: item.short for item in ITEMS}

    for group in ("certificate", "copy", "use"):
        items = {one.get("name"): one.text for one in root.iterfind(f"{group}/item")}
        assert items == index[group]
    for one in root.iterfind("copy/item"):
        assert one.get("short") == shorts[one.get("name", "")]
    assert [one.get("sm3") for one in root.iterfind("files/file")] == [one["sm3"] for one in index["files"]]  # type: ignore[index]


async def test_a_package_without_contents_names_nobody(mesh: Mesh) -> None:
    made = await of_data(mesh, contents=False)

    assert index_in(made.bundle)["certificate"] == {}
    assert HOLDER.code.encode() not in made.bundle
    assert HOLDER.name.encode() not in made.bundle
    assert judged(mesh, made.bundle) == (True, [])


@pytest.mark.parametrize("part", ["index.json", "index.xml", "file.ofd", "sm3sum.txt", "proof.zip"])
async def test_a_part_that_was_changed_is_named_also_with_fitting_checksums(mesh: Mesh, part: str) -> None:
    made, _ = await of_file(mesh)
    parts = read_bundle(made.bundle)
    middle = len(parts[part]) // 2
    parts[part] = parts[part][:middle] + bytes([parts[part][middle] ^ 1]) + parts[part][middle + 1 :]
    if part != "sm3sum.txt":
        sums = "".join(f"{gm.sm3(data).hex()}  {name}\n" for name, data in parts.items() if name != "sm3sum.txt")
        parts["sm3sum.txt"] = sums.encode()
    ok, problems = judged(mesh, write_bundle(parts))

    assert not ok
    assert part == "proof.zip" or problems == [(Check.CONTAINER, part)]


async def test_parts_that_were_added_left_out_or_moved_are_found(mesh: Mesh) -> None:
    made, _ = await of_file(mesh)
    parts = read_bundle(made.bundle)
    without = {name: data for name, data in parts.items() if name != "file.ofd"}
    moved = dict(sorted(parts.items(), reverse=True))

    assert judged(mesh, write_bundle({**parts, "note.txt": b"more"})) == (False, [(Check.CONTAINER, "note.txt")])
    assert (
        judged(mesh, write_bundle(without))[1][0] == (Check.CONTAINER, "index.json")
        or not judged(mesh, write_bundle(without))[0]
    )
    assert not judged(mesh, write_bundle(moved))[0]


async def test_no_changed_byte_of_the_container_goes_unseen(mesh: Mesh) -> None:
    made = await of_data(mesh, contents=False)
    data = made.bundle
    outside = len(data) - len(read_bundle(data)["proof.zip"])
    places = [*range(0, 60, 7), *range(len(data) - outside // 2, len(data), max(1, outside // 24))]

    assert [at for at in places if not caught(mesh, data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])] == []


async def test_the_command_knows_a_package_and_writes_the_page(mesh: Mesh, tmp_path: Path) -> None:
    made, _ = await of_file(mesh)
    file, page = tmp_path / "archive.zip", tmp_path / "page.html"
    file.write_bytes(made.bundle)
    arguments = ["verify", str(file), "--fingerprint", fingerprint(mesh), "--page", str(page)]
    done = CliRunner().invoke(app, arguments)
    file.write_bytes(write_bundle({**read_bundle(made.bundle), "index.json": b"{}"}))
    belied = CliRunner().invoke(app, arguments)

    assert done.exit_code == 0, done.output
    assert "核验通过" in done.stdout
    assert "江苏样例大厅" in done.stdout
    assert belied.exit_code == 1
    assert "证明包结构（index.json）" in belied.stdout
    assert "核验不通过" in page.read_text()


async def test_the_command_refuses_a_page_of_another_form_before_it_verifies(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["verify", str(tmp_path / "none.zip"), "--fingerprint", "0" * 64, "--page", "page.docx"]
    )

    assert done.exit_code != 0
