"""Issued files for tests: real OFD packages with a real v4 seal, of any size and for any certificate. Made once for each wish."""

import io
import secrets
import zipfile
from functools import cache

from node.library.demo import SealCa
from tests.trust.ofd.signatures.makers import SIGNED_AT, pki, sealer
from trust.ofd import CertificateFace, Trust, write_certificate
from trust.ofd.signatures import sign_entries, write_package

DEMO_CA = SealCa.new()
SEALS = Trust.from_bytes(anchors=[pki().ca, DEMO_CA.certificate.der])
"""The trust list under which `sealed_file` is VALID, and so are demonstration certificates under `DEMO_CA`."""


@cache
def sealed_file(identifier: str = "", *, size: int = 0, label: str = "") -> bytes:
    """A sealed file that names this certificate ("" for none); with `size` exactly that long, nearly all of it random.

    Another `label` gives another file.
    """
    entries = _entries(identifier, label)
    if not size:
        return write_package(sign_entries(entries, (sealer(),), signed_at=SIGNED_AT))
    bare = len(_signed(entries, 0))
    file = _signed(entries, size - bare - 512 - size // 1000)  # what does not shrink grows a little when it is deflated
    return _padded(file, size)


@cache
def unsigned_file(identifier: str = "") -> bytes:
    """A file without any signature."""
    return write_package(_entries(identifier, ""))


@cache
def uncopyable_file(identifier: str = "") -> bytes:
    """A sealed file that is VALID, and holds a name that usage copies keep for themselves."""
    entries = _entries(identifier, "") | {"UsageCopy/other.xml": b"<other/>"}
    return write_package(sign_entries(entries, (sealer(),), signed_at=SIGNED_AT))


def _signed(entries: dict[str, bytes], ballast: int) -> bytes:
    scan = {"Doc_0/Res/scan.bin": secrets.token_bytes(max(ballast, 0))}
    return write_package(sign_entries({**entries, **scan}, (sealer(),), signed_at=SIGNED_AT))


def _padded(file: bytes, size: int) -> bytes:
    """The same package, brought to its size by a comment of the zip."""
    target = io.BytesIO()
    target.write(file)
    with zipfile.ZipFile(target, "a") as container:
        container.comment = b" " * (size - len(file))
    data = target.getvalue()
    assert len(data) == size, f"{size} is too small for a sealed package"
    return data


def _entries(identifier: str, label: str) -> dict[str, bytes]:
    custom = (("ZZBS", identifier),) if identifier else ()
    face = CertificateFace(
        title="样例证", lines=(("证号", label or "样例"),), custom_data=custom, created=SIGNED_AT.date()
    )
    with zipfile.ZipFile(io.BytesIO(write_certificate(face))) as container:
        return {name: container.read(name) for name in container.namelist()}
