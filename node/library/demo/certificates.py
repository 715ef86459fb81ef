"""Demonstration certificates: records with their files, drawn and sealed one by one. Nothing of earlier ones is kept."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from node.library.demo.face import face_of
from node.library.demo.records import demo_records, record_for_file
from node.library.demo.seals import SealMaker
from node.library.record import CertificateRecord
from trust.gm import sm3


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCertificate:
    """A record with its file."""

    record: CertificateRecord
    file: bytes

    @classmethod
    def of(cls, record: CertificateRecord, file: bytes) -> "DemoCertificate":
        """The record completed with what its file is."""
        return cls(record=replace(record, file_sm3=sm3(file).hex(), file_size=len(file), file_format="ofd"), file=file)


def demo_certificates(
    province: str, seals: SealMaker, *, per_type: int = 3, seed: int = 310018
) -> Iterator[DemoCertificate]:
    """The certificates of one province, sealed by their issuing authorities; which they are: `records.demo_records`.

    Equal arguments give equal records and faces. Signatures are random, so files differ in each run.

    Raises:
        KeyError: the province is none of the four.
    """
    for record in demo_records(province, per_type=per_type, seed=seed):
        yield DemoCertificate.of(record, seals.seal(record, face_of(record)))


def invent_for_file(path: PurePath, data: bytes, province: str) -> DemoCertificate:
    """Metadata and the story holder for a real OFD file that comes without any, which is kept as it is.

    Raises:
        DocumentError: the file is not a readable OFD package.
        IdentifierError: the file's custom data hold a text that is no identifier.
        KeyError: the province is none of the four.
    """
    return DemoCertificate.of(record_for_file(path, data, province), data)
