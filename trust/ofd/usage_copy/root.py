"""The OFD.xml of a usage copy: the original's with the documents' roots moved, without its signatures, and with the copy's custom data."""

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from trust.ofd.building import make, standardise, to_bytes
from trust.ofd.markup import parse_xml
from trust.ofd.package import CUSTOM_ITEMS, CUSTOM_LISTS, children, doc_bodies
from trust.ofd.usage_copy.terms import NAMES


def make_root(original: bytes, roots: Sequence[str], fields: Mapping[str, str]) -> bytes:
    """The new OFD.xml. Earlier versions of the documents are no longer named: readers would show them without a watermark.

    Raises:
        DocumentError: the original's OFD.xml is malformed.
    """
    root = standardise(parse_xml(original, "OFD.xml"))
    bodies = doc_bodies(root)
    for parent in list(root.iter()):
        for element in list(children(parent, {"Signatures", "Versions"})):
            parent.remove(element)
    for body, location in zip(bodies, roots, strict=True):
        next(children(body, {"DocRoot"})).text = location
    _put_custom_data(bodies[0], fields)
    return to_bytes(root)


def _put_custom_data(body: ET.Element, fields: Mapping[str, str]) -> None:
    """Add the fields; those that another maker's copy left there give way."""
    info = next(children(body, {"DocInfo"}), None)
    if info is None:
        info = make("DocInfo")
        body.insert(0, info)
    groups = [group for holder in children(body, {"DocInfo"}) for group in children(holder, CUSTOM_LISTS)]
    for group in groups:
        for item in list(children(group, CUSTOM_ITEMS)):
            if item.get("Name", "").strip() in NAMES:
                group.remove(item)
    if not groups:
        groups = [make("CustomDatas")]
        info.append(groups[0])
    groups[0].extend(make("CustomData", text=text, Name=name) for name, text in fields.items())
