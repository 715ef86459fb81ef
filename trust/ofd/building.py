"""Elements of the XML parts that certmesh writes, in the standard's namespace. What they mean is known to whoever makes them."""

from xml.etree import ElementTree as ET

from trust.ofd.package import NAMESPACES

NAMESPACE = NAMESPACES[0]
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

ET.register_namespace("ofd", NAMESPACE)


def make(name: str, /, *children: ET.Element, text: str | None = None, **attributes: str) -> ET.Element:
    """An element with its children, or with a text."""
    element = ET.Element(f"{{{NAMESPACE}}}{name}", attributes)
    element.text = text
    element.extend(children)
    return element


def to_bytes(root: ET.Element) -> bytes:
    """The part as UTF-8, with its declaration. Written as a text first: asked for bytes, the library flushes a codec at every fragment."""
    text: str = ET.tostring(root, encoding="unicode")
    return (_DECLARATION + text).encode()


def standardise(root: ET.Element) -> ET.Element:
    """The same tree with the other known namespace replaced by the standard's: readers look for the usual prefix and name."""
    others = tuple(f"{{{space}}}" for space in NAMESPACES[1:])
    for element in root.iter():
        if element.tag.startswith(others):
            element.tag = f"{{{NAMESPACE}}}{element.tag.partition('}')[2]}"
    return root
