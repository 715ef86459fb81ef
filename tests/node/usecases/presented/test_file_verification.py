"""The verification service for files: what it answers, and that it is on record. REQUIREMENTS S8."""

from datetime import timedelta

import pytest

from node.library.invented import MINING_TYPE
from node.ports.verifying import VerifiedFile
from tests.node.usecases.mesh import CALLER, ZHEJIANG, Mesh, Province, record, sm3
from tests.node.usecases.papers import sealed_file, unsigned_file
from trust.ofd import UsageTerms

CERTIFICATE = record(ZHEJIANG)
ORIGINAL = sealed_file(CERTIFICATE.identifier)


async def verify(province: Province, content: bytes, type_code: str = "") -> VerifiedFile:
    return await province.verification.verify(CALLER, content, type_code)


def copy(mesh: Mesh, original: bytes = ORIGINAL) -> bytes:
    """A usage copy by Zhejiang that holds for a day."""
    now = mesh.clock.now
    terms = UsageTerms(
        creator="浙江省", cause="样例", using_unit="样例", exchange_id="e", created=now, expires=now + timedelta(days=1)
    )
    return mesh.zhejiang.documents.usage_copy(original, terms)


@pytest.mark.parametrize(
    ("content", "result"),
    [
        pytest.param(ORIGINAL, 0, id="an issued file"),
        pytest.param(unsigned_file(CERTIFICATE.identifier), 1, id="a file without a seal"),
        pytest.param(b"no package", 2, id="no OFD file"),
        pytest.param(b"", 2, id="no bytes"),
    ],
)
async def test_files_are_judged_by_the_codes_of_the_standard_interface(mesh: Mesh, content: bytes, result: int) -> None:
    verified = await verify(mesh.jiangsu, content)
    (entry,) = mesh.jiangsu.entries(type="VERIFY", step="file")

    assert verified.result == result
    assert (entry["result"], entry["file"], entry["app"]) == (result, sm3(content), CALLER.app_id)
    assert entry["exchange"] == verified.exchange_id


async def test_a_copy_passes_in_every_province_until_it_expires_and_not_a_second_longer(mesh: Mesh) -> None:
    content = copy(mesh)
    before = await verify(mesh.anhui, content)
    mesh.clock.move(days=1, seconds=1)
    after = await verify(mesh.anhui, content)

    assert (before.result, after.result) == (0, 3)
    assert "加注件已过有效期" in after.message
    assert after.report["copy"]["expired"] is True


async def test_a_copy_is_only_as_good_as_what_was_copied(mesh: Mesh) -> None:
    assert (await verify(mesh.jiangsu, copy(mesh, unsigned_file()))).result == 1


async def test_a_changed_file_fails(mesh: Mesh) -> None:
    content = sealed_file(CERTIFICATE.identifier, size=1 << 20)
    middle = len(content) // 2
    changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]

    assert (await verify(mesh.jiangsu, changed)).result == 2


@pytest.mark.parametrize(
    ("type_code", "result"),
    [pytest.param(MINING_TYPE, 0, id="the right type"), pytest.param("11100000MB03271699902", 6, id="another type")],
)
async def test_a_file_of_another_type_than_was_said_does_not_match(mesh: Mesh, type_code: str, result: int) -> None:
    assert (await verify(mesh.jiangsu, ORIGINAL, type_code)).result == result
