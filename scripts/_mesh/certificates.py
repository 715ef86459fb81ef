"""The certificates of a run: made by the project itself, or real files from a folder, each with its province.

Files without a manifest get invented metadata and the story's holder: mining licences go to Zhejiang and land-use opinions to Anhui, as the
story wants it, all others to a province that their SM3 decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from node.library.demo import STORY_PROVINCES, DemoCertificate, SealMaker, demo_certificates, invent_for_file
from node.library.invented import LAND_TYPE, MINING_TYPE, PROVINCES, STORY_HOLDER
from node.library.manifest import RowError, read_manifest, write_manifest
from node.library.record import CertificateRecord, Status
from node.library.source import MANIFEST_NAME
from scripts._mesh.errors import MeshError
from trust.errors import TrustError
from trust.gm import sm3
from trust.ofd import Trust, Verdict, verify_document

STORY_TYPES = (MINING_TYPE, LAND_TYPE)
MAX_FILE = 64 << 20  # bytes; the demonstration holds them in memory
_ANY_PROVINCE = "330000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate as its province imports it. `file` is None where there is metadata alone."""

    record: CertificateRecord
    file: bytes | None


Issuance = Mapping[str, list[Issued]]


def made(seals: SealMaker) -> Issuance:
    """The demonstration certificates of the four provinces."""
    return {code: [_issued(one) for one in demo_certificates(code, seals)] for code in PROVINCES}


def from_library(folder: Path, seals: SealMaker) -> Issuance:
    """The certificates of a folder; of the story's types those it lacks are made. Files that were tampered with are left out.

    Raises:
        MeshError: a file or a row of its manifest cannot be taken; the message names it.
    """
    found: dict[str, list[Issued]] = {code: [] for code in PROVINCES}
    named = _from_manifest(folder / MANIFEST_NAME, found) if (folder / MANIFEST_NAME).is_file() else set()
    for path in sorted(folder.rglob("*.ofd")):
        if path.resolve() not in named and not _tampered(path):
            province, issued = _invented(path)
            found[province].append(issued)
    _complete(found, seals)
    return found


def _from_manifest(manifest: Path, found: dict[str, list[Issued]]) -> set[Path]:
    """Sort a manifest's rows by the province of their area; returns the files they name."""
    named = set()
    for row in read_manifest(manifest):
        if isinstance(row, RowError):
            raise MeshError(f"{manifest}: row {row.row_number}, {row.column or 'whole row'}: {row.message}")
        province = row.record.area_code[:2] + "0000"
        if province not in found:
            raise MeshError(f"{manifest}: row {row.row_number}: certificateAreaCode is in none of the four provinces")
        found[province].append(Issued(record=row.record, file=row.file.read_bytes() if row.file else None))
        if row.file:
            named.add(row.file.resolve())
    return named


def _tampered(path: Path) -> bool:
    """Whether a file is one that no node takes in, whatever its configuration says. What cannot be read, the import says."""
    try:
        report = verify_document(path.read_bytes(), trust=Trust(), at=datetime.now(UTC))
    except TrustError:
        return False
    return report.verdict is Verdict.TAMPERED


def _invented(path: Path) -> tuple[str, Issued]:
    """A file without metadata. Its province is told by its type, and the issuer's code names the province: so it is read twice."""
    if path.stat().st_size > MAX_FILE:
        raise MeshError(f"{path}: larger than {MAX_FILE >> 20} MiB")
    data = path.read_bytes()
    try:
        first = invent_for_file(path, data, _ANY_PROVINCE)
        province = STORY_PROVINCES.get(first.record.type_code) or sorted(PROVINCES)[sm3(data)[0] % len(PROVINCES)]
        return province, _issued(invent_for_file(path, data, province))
    except (TrustError, ValueError) as error:
        raise MeshError(f"{path}: cannot be taken as a certificate: {error}") from error


def _complete(found: dict[str, list[Issued]], seals: SealMaker) -> None:
    """Make what the story needs and the folder does not have."""
    held = {one.record.type_code for one in story_items(found)}
    for type_code in STORY_TYPES:
        if type_code not in held:
            province = STORY_PROVINCES[type_code]
            found[province] += [
                _issued(one)
                for one in demo_certificates(province, seals, per_type=1)
                if one.record.type_code == type_code
            ]


def _issued(one: DemoCertificate) -> Issued:
    return Issued(record=one.record, file=one.file)


def story_items(issuance: Issuance) -> list[Issued]:
    """What the story's search must find: the holder's valid certificates of the two types."""
    return [
        one
        for issued in issuance.values()
        for one in issued
        if one.record.type_code in STORY_TYPES
        and one.record.status is Status.VALID
        and STORY_HOLDER.code in {holder.code for holder in one.record.holders}
    ]


def write_sources(issuance: Issuance, folders: Mapping[str, Path]) -> None:
    """Write each province's certificates as a folder that `certmesh import` reads."""
    for code, issued in issuance.items():
        write_manifest(((one.record, one.file) for one in issued), folders[code])
