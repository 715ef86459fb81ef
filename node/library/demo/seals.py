"""The seals of demonstration certificates: one v4 seal (GB/T 38540-2020) for each issuing authority of a run, and signing with it.

The keys of seal maker and issuers live as long as the run; only the CA's outlives it.
"""

from dataclasses import replace
from datetime import UTC, datetime

from node.library.demo import forms
from node.library.demo.seal_ca import FIRST, LAST, SealCa
from node.library.demo.seal_picture import SIDE, seal_picture
from node.library.record import CertificateRecord
from trust.gm import PrivateKey
from trust.ofd.marks import Page
from trust.ofd.signatures import SealFace, Signer, Stamp, encode_seal, sign_package
from trust.ofd.writer import PAGE_ID, page_entries

_HOUR = 2  # of the day of issue in UTC: ten o'clock in China
_VENDOR = "certmesh-sample"


class SealMaker:
    """Makes seals under a CA, each once."""

    def __init__(self, ca: SealCa) -> None:
        self._ca = ca
        self._key = PrivateKey.generate()
        self._certificate = ca.issue("制章人（样例）", self._key.public)
        self._signers: dict[str, Signer] = {}

    def seal(self, record: CertificateRecord, page: Page) -> bytes:
        """The page as a package that its issuing authority sealed on the day of issue; the signature covers every entry.

        Raises:
            ValueError: a text of the page holds characters that XML cannot carry.
        """
        stamp = Stamp(page=PAGE_ID, box=forms.BLUEPRINTS[record.type_code].seal)
        signer = replace(self._signer(record.issuer_name, record.issuer_code), stamps=(stamp,))
        day = record.issued
        signed_at = datetime(day.year, day.month, day.day, _HOUR, tzinfo=UTC)
        return sign_package(page_entries(page), [signer], signed_at=signed_at)

    def _signer(self, name: str, code: str) -> Signer:
        """An issuer's certificate, key and seal."""
        if code not in self._signers:
            key = PrivateKey.generate()
            certificate = self._ca.issue(name, key.public)
            self._signers[code] = Signer(certificate=certificate, key=key, seal=self._make(name, code, certificate))
        return self._signers[code]

    def _make(self, name: str, code: str, user: bytes) -> bytes:
        face = SealFace(
            es_id=f"SAMPLE-{code}",
            vendor=_VENDOR,
            name=f"{name}电子证照专用章（样例）",
            users=(user,),
            picture=seal_picture(name, FIRST.date()),
            picture_type="ofd",
            width=SIDE,
            height=SIDE,
            created=FIRST,
            valid_from=FIRST,
            valid_until=LAST,
        )
        return encode_seal(face, maker=self._certificate, key=self._key)
