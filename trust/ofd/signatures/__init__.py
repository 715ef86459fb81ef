"""Signatures of OFD documents: verified (`verify_signatures`), and made with v4 seals (`sign_package`). GB/T 38540, GM/T 0031, GB/T 35275.

Bytes in, bytes out; no network, no clock, no files. ASN.1 is read and written by a small bounded module of its own (`der`).
"""

from trust.ofd.signatures.encoding import SealFace, encode_seal, encode_seal_signature, encode_signed_data
from trust.ofd.signatures.report import CopyReport, DocumentReport, Mathematics, SignatureReport, Verdict
from trust.ofd.signatures.seal import Seal, read_seal
from trust.ofd.signatures.sealing import Signer, Stamp, sign_entries, sign_package, write_package
from trust.ofd.signatures.trust import Trust
from trust.ofd.signatures.verify import verify_signatures

__all__ = [
    "CopyReport",
    "DocumentReport",
    "Mathematics",
    "Seal",
    "SealFace",
    "SignatureReport",
    "Signer",
    "Stamp",
    "Trust",
    "Verdict",
    "encode_seal",
    "encode_seal_signature",
    "encode_signed_data",
    "read_seal",
    "sign_entries",
    "sign_package",
    "verify_signatures",
    "write_package",
]
