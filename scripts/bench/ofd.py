"""Verifying a certificate of about 250 KiB with two signatures, beside the bare cost of its SM3 and SM2 operations, in one run.

certmesh: `verify_document` with a trust list: unzip, XML, both signatures (a v4 seal and a platform's SignedData), chain, report. Parsed
certificates and verified chains are kept between files, as in a node that sees the same few issuers all day; keys of both are loaded. Bare:
the SM3 of every entry once, and one SM2 verification for each of the three signatures (seal maker, seal, platform) over the same messages'
sizes. Rounds alternate; figures are medians.
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
from trust.ofd import CertificateFace, Trust, Verdict, verify_document, write_certificate
from trust.ofd.signatures import SealFace, Signer, encode_seal, sign_entries, write_package
from trust.ofd.signatures.der import read
from trust.ofd.signatures.seal import read_seal_signature
from trust.ofd.signatures.signed_data import read_signed_data

SCAN = 216 << 10  # bytes of a picture that does not compress
PICTURE = 16 << 10
NOW = datetime(2024, 5, 1, tzinfo=UTC)


def certificate() -> tuple[dict[str, bytes], Trust]:
    """The entries of a certificate with two signatures, and the trust list that makes it valid."""
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
    return sign_entries(entries, signers, signed_at=NOW + timedelta(days=1)), Trust.from_bytes(anchors=[ca.der])


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
    entries, trust = certificate()
    data = write_package(entries)

    def verify() -> None:
        if verify_document(data, trust=trust, at=NOW + timedelta(days=2)).verdict is not Verdict.VALID:
            raise SystemExit("the certificate is not valid")

    sides = {"certmesh verify": verify, "bare": bare(entries)}
    rounds = [[measure(name, side, options.seconds) for name, side in sides.items()] for _ in range(options.rounds)]
    rows = [medians(one) for one in zip(*rounds, strict=True)]
    ratios = {"bare": rows[0].per_s / rows[1].per_s}
    show(rows, ratios, [f"the file: {len(data):,} bytes, two signatures"], as_json=options.json)
