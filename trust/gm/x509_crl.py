"""Building SM2-with-SM3 revocation lists (RFC 5280 clause 5, GB/T 20518): which bytes. What belongs on a list is `trust.identity`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from asn1crypto import core, crl, x509

from trust.gm._custody import Checked, Signer
from trust.gm._der import rs_to_der
from trust.gm.x509 import SM2_WITH_SM3, extension, key_id, time


def build_crl(
    *,
    issuer: bytes,
    issuer_key: Signer,
    revoked: Iterable[tuple[int, datetime, str]],
    number: int,
    this_update: datetime,
    next_update: datetime,
) -> bytes:
    """Return the DER of a signed version 2 list; `revoked` holds serial number, date, and asn1crypto's word for the reason."""
    algorithm = {"algorithm": SM2_WITH_SM3}
    fields: dict[str, Any] = {
        "version": "v2",
        "signature": algorithm,
        "issuer": x509.Name.load(issuer),
        "this_update": time(this_update),
        "next_update": time(next_update),
        "crl_extensions": [
            extension("authority_key_identifier", {"key_identifier": key_id(issuer_key.public)}),
            extension("crl_number", number),
        ],
    }
    entries = [_entry(*one) for one in revoked]
    if entries:  # clause 5.1.2.6: without entries the field is absent
        fields["revoked_certificates"] = entries
    tbs = crl.TbsCertList(fields)
    signature = core.OctetBitString(rs_to_der(Checked(issuer_key).sign(tbs.dump())))
    signed = {"tbs_cert_list": tbs, "signature_algorithm": algorithm, "signature": signature}
    der: bytes = crl.CertificateList(signed).dump()
    return der


def _entry(serial: int, date: datetime, reason: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"user_certificate": serial, "revocation_date": time(date)}
    if reason != "unspecified":  # clause 5.3.1: then the extension is absent
        entry["crl_entry_extensions"] = [extension("crl_reason", reason)]
    return entry
