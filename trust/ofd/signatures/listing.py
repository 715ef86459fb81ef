"""The signatures of a package: OFD.xml names Signatures.xml, which lists Signature.xml files (GB/T 33190-2016 clause 18). Reading only."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree import ElementTree as ET

from trust.errors import DocumentError
from trust.ofd.markup import MAX_TREE, parse_xml
from trust.ofd.package import NAMESPACES, Package
from trust.ofd.signatures.paths import Paths
from trust.ofd.signatures.times import parse_time

MAX_SIGNATURES = 128
MAX_REFERENCES = 10_000
MAX_SIGNATURE_FILE = 4 * 1024 * 1024
MAX_TEXT = 1024
_VALUE_NAMES = ("SignedValue.dat", "SignValue.dat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of Signatures.xml, and where that file is; `path` is the Signature.xml's entry, or None when it is missing."""

    identifier: str
    path: str | None
    listing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One referenced file as written, and the digest it should have; None when that is not base64."""

    location: str
    digest: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFile:
    """What a Signature.xml says; `raw` are its bytes, which the signature covers. `check_method` is "" where it is not written."""

    raw: bytes = field(repr=False)
    check_method: str
    references: tuple[Reference, ...]
    value_path: str | None
    seal_path: str | None
    stated_time: datetime | None


def find_all(parent: ET.Element, name: str) -> Iterator[ET.Element]:
    """All descendants with this local name in an OFD namespace."""
    tags = {f"{{{space}}}{name}" for space in NAMESPACES}
    return (element for element in parent.iter() if element.tag in tags)


def text_of(parent: ET.Element, name: str) -> str | None:
    """The text of the first such descendant, stripped; None without one."""
    element = next(find_all(parent, name), None)
    return None if element is None else (element.text or "").strip()


def list_signatures(package: Package, paths: Paths) -> tuple[Listed, ...]:
    """All signatures of all documents in the package, in their order.

    Raises:
        DocumentError: a list is missing or malformed, or there are too many.
    """
    root = parse_xml(package.read("OFD.xml", most=MAX_TREE), "OFD.xml")
    locations = dict.fromkeys((element.text or "").strip() for element in find_all(root, "Signatures"))
    found = [line for location in locations for line in read_list(package, paths, location)]
    if len(found) > MAX_SIGNATURES:
        raise DocumentError(f"more than {MAX_SIGNATURES} signatures")
    named = [line.path for line in found if line.path is not None]
    if len(named) != len(set(named)):
        raise DocumentError("two signatures with one Signature.xml")
    return tuple(found)


def read_list(package: Package, paths: Paths, location: str) -> Iterator[Listed]:
    """The lines of one Signatures.xml, which OFD.xml names with `location`.

    Raises:
        DocumentError: missing or malformed.
    """
    listing = paths.find(location)
    if listing is None:
        raise DocumentError("OFD.xml names a list of signatures that is not in the package")
    for element in find_all(parse_xml(package.read(listing, most=MAX_TREE), listing), "Signature"):
        identifier, location = element.get("ID", "").strip(), element.get("BaseLoc", "")
        if len(identifier) > MAX_TEXT or len(location) > MAX_TEXT:
            raise DocumentError(f"{listing}: an attribute of more than {MAX_TEXT} characters")
        yield Listed(identifier=identifier, path=paths.find(location, listing), listing=listing)


def read_signature_file(package: Package, paths: Paths, path: str) -> SignatureFile:
    """Parse one Signature.xml.

    Raises:
        DocumentError: malformed, or with too many references.
    """
    raw = package.read(path, most=MAX_SIGNATURE_FILE)
    root = parse_xml(raw, path)
    if root.tag not in {f"{{{space}}}Signature" for space in NAMESPACES}:
        raise DocumentError(f"{path}: the root is not a Signature element")
    references = tuple(map(_reference, find_all(root, "Reference")))
    if len(references) > MAX_REFERENCES:
        raise DocumentError(f"{path}: more than {MAX_REFERENCES} references")
    group = next(find_all(root, "References"), None)
    seal = next(find_all(root, "Seal"), None)
    return SignatureFile(
        raw=raw,
        check_method=(group.get("CheckMethod", "") if group is not None else "").strip()[:MAX_TEXT],
        references=references,
        value_path=_value_path(paths, text_of(root, "SignedValue") or text_of(root, "SignValue"), path),
        seal_path=paths.find(text_of(seal, "BaseLoc") or "", path) if seal is not None else None,
        stated_time=_stated_time(text_of(root, "SignatureDateTime")),
    )


def _reference(element: ET.Element) -> Reference:
    location = element.get("FileRef", "")
    if len(location) > MAX_TEXT:
        raise DocumentError(f"a reference of more than {MAX_TEXT} characters")
    try:
        digest = base64.b64decode("".join((text_of(element, "CheckValue") or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return Reference(location=location, digest=None)
    return Reference(location=location, digest=digest)


def _value_path(paths: Paths, location: str | None, near: str) -> str | None:
    """Where the signature value is: as written, else under one of the two names that are in use, beside Signature.xml."""
    folder = near.rpartition("/")[0]
    written = paths.find(location, near) if location else None
    return written or next((found for name in _VALUE_NAMES if (found := paths.find(f"/{folder}/{name}"))), None)


def _stated_time(text: str | None) -> datetime | None:
    try:
        return parse_time(text or "")
    except DocumentError:
        return None
