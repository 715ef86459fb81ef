"""Verifying and copying a certificate of about 250 KiB with two signatures, beside the bare cost of the SM3 and SM2 operations, in one run.

certmesh: `verify_document` with a trust list: unzip, XML, both signatures (a v4 seal and a platform's SignedData), chain, report. Parsed
certificates and verified chains are kept between files, as in a node that sees the same few issuers all day; keys of both are loaded. Bare:
the SM3 of every entry once, and one SM2 verification for each of the three signatures (seal maker, seal, platform) over the same messages'
sizes. Rounds alternate; figures are medians.

Verify and copy: the same, and then `make_usage_copy`. Bare: also the SM3 of the file, the SM3 of every entry of the copy, and one SM2
signature. Verify a copy: `verify_document` of what was made, with the original inside, beside its SM3 and four SM2 verifications.
"""

import argparse
import os
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

from _report import Row, medians, row, show

from trust.gm import PrivateKey, sm3
from trust.identity import Usage, issue, issue_ca
from trust.ofd import (
    CertificateFace,
    Signer,
    Trust,
    UsageTerms,
    Verdict,
    make_usage_copy,
    read_package,
    verify_document,
    write_certificate,
)
from trust.ofd.signatures import SealFace, encode_seal, sign_entries, write_package
from trust.ofd.signatures.der import read
from trust.ofd.signatures.seal import read_seal_signature
from trust.ofd.signatures.signed_data import read_signed_data

SCAN = 216 << 10  # bytes of a picture that does not compress
PICTURE = 16 << 10
RATIOS = "bare", "bare_copy", "bare_of_copy"
NOW = datetime(2024, 5, 1, tzinfo=UTC)
MADE = NOW + timedelta(days=2)
TERMS = UsageTerms(
    creator="样例省",
    cause="办理道路货物运输经营许可",
    using_unit="样例市交通运输局",
    exchange_id="0123456789abcdef0123456789abcdef",
    created=MADE,
    expires=MADE + timedelta(days=30),
)


def certificate() -> tuple[dict[str, bytes], Trust, Signer]:
    """The entries of a certificate with two signatures, the trust list that makes it valid, and who copies it."""
    ca_key, key = PrivateKey.generate(), PrivateKey.generate()
    ca = issue_ca(province="310000", name="样例", key=ca_key, now=NOW)
    own = issue(
        ca=ca, ca_key=ca_key, province="310000", name="样例", usage=Usage.SIGNING, public_key=key.public, now=NOW
    ).der
    face = SealFace(
        es_id="1",
        vendor="certmesh",
        name="样例",
        users=(own,),
        picture=os.urandom(PICTURE),
        picture_type="png",
        width=40,
        height=40,
        created=NOW,
        valid_from=NOW,
        valid_until=NOW + timedelta(days=300),
    )
    signers = (
        Signer(certificate=own, key=key, seal=encode_seal(face, maker=own, key=key)),
        Signer(certificate=own, key=key),
    )
    blank = write_certificate(CertificateFace(title="样例", lines=(), custom_data=(), created=date(2024, 5, 1)))
    with zipfile.ZipFile(BytesIO(blank)) as container:
        entries = {name: container.read(name) for name in container.namelist()}
    entries["Doc_0/Res/scan.png"] = os.urandom(SCAN)
    signed = sign_entries(entries, signers, signed_at=NOW + timedelta(days=1))
    return signed, Trust.from_bytes(anchors=[ca.der]), Signer(certificate=own, key=key)


def bare(entries: dict[str, bytes]) -> Callable[[], object]:
    """The SM3 and SM2 operations that the certificate cannot be verified without, and nothing else."""
    signs = "Doc_0/Signs/Sign_"
    sealed = read_seal_signature(read(entries[f"{signs}0/SignedValue.dat"]))
    plain = read_signed_data(read(entries[f"{signs}1/SignedValue.dat"]))
    key = PrivateKey.generate()
    messages = [sealed.signed, sealed.seal.signed, plain.attributes or b""]
    signed = [(message, key.sign(message)) for message in messages]
    hashed = [data for name, data in entries.items() if name != f"{signs}1/SignedValue.dat"]

    def operations() -> None:
        for data in hashed:
            sm3(data)
        if not all(key.public.verify(message, signature) for message, signature in signed):
            raise SystemExit("a bare signature does not verify")

    return operations


def bare_copy(verified: Callable[[], object], original: bytes, copy: bytes, signer: Signer) -> Callable[[], object]:
    """The operations of `bare`, and those of making a copy."""
    package = read_package(copy)
    hashed = [original, *(package.read(name) for name in package.entries)]

    def operations() -> None:
        verified()
        for data in hashed:
            sm3(data)
        signer.key.sign(hashed[0][:200])

    return operations


def bare_verify_copy(verified: Callable[[], object], copy: bytes, signer: Signer) -> Callable[[], object]:
    """The operations of `bare` on the original inside, the SM3 of what the copy adds, and the verification of its signature."""
    package = read_package(copy)
    added = [package.read(name) for name in package.entries if "UsageCopy" in name or name == "OFD.xml"]
    message = b"x" * 200
    signature = signer.key.sign(message)

    def operations() -> None:
        verified()
        for data in added:
            sm3(data)
        if not signer.key.public.verify(message, signature):
            raise SystemExit("a bare signature does not verify")

    return operations


def measure(name: str, operation: Callable[[], object], seconds: float) -> Row:
    """One round."""
    latencies, started = [], time.perf_counter()
    while (begun := time.perf_counter()) - started < seconds or not latencies:
        operation()
        latencies.append(time.perf_counter() - begun)
    return row(name, latencies, time.perf_counter() - started)


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench ofd", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    entries, trust, signer = certificate()
    data = write_package(entries)
    copied = make_usage_copy(data, TERMS, signer)

    def verify(file: bytes) -> None:
        if verify_document(file, trust=trust, at=MADE).verdict is not Verdict.VALID:
            raise SystemExit("the certificate is not valid")

    def verify_and_copy() -> None:
        verify(data)
        make_usage_copy(data, TERMS, signer)

    plain = bare(entries)
    sides = {
        "certmesh verify": lambda: verify(data),
        "bare": plain,
        "certmesh verify and copy": verify_and_copy,
        "bare verify and copy": bare_copy(plain, data, copied, signer),
        "certmesh verify a copy": lambda: verify(copied),
        "bare verify a copy": bare_verify_copy(plain, copied, signer),
    }
    rounds = [[measure(name, side, options.seconds) for name, side in sides.items()] for _ in range(options.rounds)]
    rows = [medians(one) for one in zip(*rounds, strict=True)]
    pairs = zip(rows[::2], rows[1::2], strict=True)
    ratios = {name: own.per_s / floor.per_s for name, (own, floor) in zip(RATIOS, pairs, strict=True)}
    notes = [f"the file: {len(data):,} bytes, two signatures; its copy: {len(copied):,} bytes"]
    show(rows, ratios, notes, as_json=options.json)
