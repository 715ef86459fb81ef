"""Building SM2-with-SM3 certification requests (PKCS#10, RFC 2986): which bytes. What a request may ask for is `trust.identity`."""

from typing import Any

from asn1crypto import core, csr, keys, x509

from trust.gm._custody import Signer
from trust.gm._der import rs_to_der
from trust.gm._sm2 import SPKI_PREFIX
from trust.gm.x509 import SM2_WITH_SM3, extension


def build_request(*, subject: bytes, key: Signer, uri: str, extensions: tuple[tuple[str, bool, Any], ...]) -> bytes:
    """Return the DER of a request that its own key signs; the extensions wished for are its one attribute."""
    wished = [
        *(extension(one, value, critical=critical) for one, critical, value in extensions),
        extension("subject_alt_name", [x509.GeneralName("uniform_resource_identifier", uri)]),
    ]
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": x509.Name.load(subject),
            "subject_pk_info": keys.PublicKeyInfo.load(SPKI_PREFIX + key.public.point),
            "attributes": [{"type": "extension_request", "values": [x509.Extensions(wished)]}],
        },
    )
    request = {
        "certification_request_info": info,
        "signature_algorithm": {"algorithm": SM2_WITH_SM3},
        "signature": core.OctetBitString(rs_to_der(key.sign(info.dump()))),
    }
    der: bytes = csr.CertificationRequest(request).dump()
    return der
