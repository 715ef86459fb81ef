"""Makes usage copies for the tests: an invented provider, terms, and originals with everything a copy must keep."""

import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from functools import cache

from tests.trust.ofd.signatures.makers import NOW, Entries, pki, plain, sealed
from trust.ofd import DocumentReport, Package, Signer, Trust, UsageTerms, make_usage_copy, read_package, verify_document
from trust.ofd.signatures import write_package

MADE = NOW - timedelta(days=1)
TERMS = UsageTerms(
    creator="样例省数据局",
    cause="办理道路货物运输经营许可",
    using_unit="样例市 <交通> & 运输局",
    exchange_id="0123456789abcdef",
    created=MADE,
    expires=NOW + timedelta(days=30),
)
NS = "{http://www.ofdspec.org/2016}"


def provider() -> Signer:
    """A province's node: its CA is not the one of the seals."""
    one = pki("提供方")
    return Signer(certificate=one.signer, key=one.signer_key)


def both() -> Trust:
    """The CA of the seals and the provider's."""
    return Trust.from_bytes(anchors=[pki().ca, pki("提供方").ca])


def copied(entries: Entries | None = None, terms: UsageTerms = TERMS, **changes: object) -> bytes:
    """A copy of the original with these entries; `changes` are of the terms."""
    original = write_package(sealed() if entries is None else entries)
    return make_usage_copy(original, replace(terms, **changes), provider())  # type: ignore[arg-type]


@cache
def a_copy() -> bytes:
    """A copy of a sealed certificate."""
    return copied()


def entries_of(data: bytes) -> Entries:
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        return {name: container.read(name) for name in container.namelist()}


def opened(data: bytes) -> Package:
    return read_package(data)


def verified(data: bytes, trust: Trust | None = None) -> DocumentReport:
    return verify_document(data, trust=both() if trust is None else trust, at=NOW)


def with_part(name: str, old: bytes, new: bytes, entries: Entries | None = None) -> Entries:
    """An unsigned certificate with one text of one part replaced."""
    entries = plain() if entries is None else entries
    assert old in entries[name]

    return {**entries, name: entries[name].replace(old, new)}
