"""Makes a usage copy: what is added to the original, and the provider's signature over everything. What it holds: see the package.

Equal originals and terms give equal entries, except the signature's value. What a copy cannot keep intact is refused, never repaired.
"""

import re
from collections.abc import Mapping
from itertools import count
from xml.etree import ElementTree as ET

from trust.errors import DocumentError
from trust.gm import sm3
from trust.ofd.building import make, to_bytes
from trust.ofd.container import MAX_PACKAGE
from trust.ofd.markup import parse_xml
from trust.ofd.package import NAMESPACES, Package, children, doc_bodies, read_package
from trust.ofd.signatures.listing import list_signatures
from trust.ofd.signatures.paths import Paths
from trust.ofd.signatures.sealing import Signer, sign_entries
from trust.ofd.usage_copy.checks import check_bounds, check_original
from trust.ofd.usage_copy.documents import Document, Page
from trust.ofd.usage_copy.original import FOLDER, ORIGINAL_ROOT, document_roots
from trust.ofd.usage_copy.parts import Parts, Purse
from trust.ofd.usage_copy.resources import LISTING, Resources
from trust.ofd.usage_copy.root import make_root
from trust.ofd.usage_copy.stamps import Stamp, draw_stamp, read_stamps
from trust.ofd.usage_copy.terms import CHINA, UsageCopy, UsageTerms, write_custom_data
from trust.ofd.usage_copy.watermark import draw_tiles, make_tile
from trust.ofd.zipping import pack, write_zip

MAX_TILES = 50_000
"""Of all pages together: an A4 page has about twenty."""

_OFD = "OFD.xml"
_SIGNS = f"{FOLDER}/Signs"
_MAX_ID = 0xFFFF_FFFF  # ST_ID is an unsigned int
_ID = re.compile(rb"ID\s*=\s*[\"'](\d{1,10})[\"']")
_SPACE = NAMESPACES[-1].encode()  # the beginning of the other, too
_HEAD = 2048  # bytes in which a part's root names its namespace


def make_usage_copy(original: bytes, terms: UsageTerms, signer: Signer, *, digest: bytes = b"") -> bytes:
    """The usage copy of an original, signed at `terms.created`. Signatures of the original are kept, not judged: see `verify_document`.

    `digest` is the original's SM3 where the caller has just computed it.

    Raises:
        DocumentError: the original breaks a rule, is a usage copy itself, or holds what a copy cannot keep; the message says what.
    """
    package = read_package(original)
    copy = UsageCopy(terms=terms, original_sm3=(digest or sm3(original)).hex())
    check_original(package, write_custom_data(copy))
    entries = {path: package.read(path) for path in package.entries}
    added = _Maker(package, entries, terms).parts()
    root = make_root(entries[_OFD], document_roots(package), write_custom_data(copy))
    whole = {**entries, _OFD: root, ORIGINAL_ROOT: entries[_OFD], **added}
    signed = sign_entries(whole, [signer], signed_at=terms.created, folder=_SIGNS)
    check_bounds(signed, signature=f"{_SIGNS}/Sign_0/Signature.xml")
    kept = {*package.entries} - {_OFD}
    order, packed = list(signed), {path: pack(data) for path, data in signed.items() if path not in kept}
    # What the original inflates to is not held while the copy is written: that is a third of the memory.
    del entries, whole, signed
    result = write_zip({path: package.packed(path) if path in kept else packed[path] for path in order})
    if len(result) > MAX_PACKAGE:
        raise DocumentError(f"the usage copy would be larger than {MAX_PACKAGE} bytes")
    return result


def _greatest_id(entries: Mapping[str, bytes]) -> int:
    """The greatest ID in any OFD part: MaxUnitID is not always true, and a resource with a used ID would take that one's place."""
    parts = (data for data in entries.values() if _SPACE in data[:_HEAD])
    found = (int(match) for data in parts for match in _ID.findall(data))
    return max((number for number in found if number <= _MAX_ID), default=0)


class _Maker:
    """What is added to one original."""

    def __init__(self, package: Package, entries: Mapping[str, bytes], terms: UsageTerms) -> None:
        self._package = package
        self._paths = Paths(package.entries)
        self._lists = _lists(package, self._paths, doc_bodies(parse_xml(entries[_OFD], _OFD)))
        self._terms = terms
        self._tile = make_tile(terms)
        parts = Parts(package, self._paths, Purse("pages and annotations"))
        self._documents = [Document(parts, root) for root in package.doc_roots]
        self._numbers = count(max(_greatest_id(entries), *(one.max_id for one in self._documents)) + 1)
        self._identities = map(str, self._numbers)
        self._tiles = 0
        self._resources = Resources(self._identities)

    def parts(self) -> dict[str, bytes]:
        """The entries, but OFD.xml and the signature."""
        parts: dict[str, bytes] = {}
        for place, document in enumerate(self._documents):
            parts |= self._annotations(place, document)
        max_id = next(self._numbers)
        if max_id > _MAX_ID:
            raise DocumentError(f"the original uses IDs up to {_MAX_ID}: there is none left for a watermark")
        for place, (path, document) in enumerate(zip(document_roots(self._package), self._documents, strict=True)):
            moved = document.moved(annotations=f"/{_listing(place)}", resources=f"/{LISTING}", max_id=max_id)
            parts[path] = to_bytes(moved)
        return parts | self._resources.parts()

    def _annotations(self, place: int, document: Document) -> dict[str, bytes]:
        """One file of annotations for each page of a document, and the list of them."""
        kept, stamps = document.annotations(), self._stamps(place)
        parts, listed = {}, make("Annotations")
        for number, page in enumerate(document.pages()):
            name = f"Page_{number}.xml"
            shown = [stamp for stamp in stamps if stamp.page == page.identity]
            own = [*map(self._stamp, shown), self._watermark(page)]
            file = make("PageAnnot", *kept.get(page.identity, ()), *own)
            parts[f"{FOLDER}/Doc_{place}/{name}"] = to_bytes(file)
            location = f"/{FOLDER}/Doc_{place}/{name}"
            listed.append(make("Page", make("FileLoc", text=location), PageID=page.identity))
        return {**parts, _listing(place): to_bytes(listed)}

    def _stamps(self, place: int) -> list[Stamp]:
        return [stamp for one in self._lists[place] for stamp in read_stamps(self._package, self._paths, one)]

    def _stamp(self, stamp: Stamp) -> ET.Element:
        picture = self._resources.drawable(stamp.picture)
        return self._annotation("Stamp", draw_stamp(stamp, picture, self._resources.font, self._identities))

    def _watermark(self, page: Page) -> ET.Element:
        tiles = draw_tiles(self._tile, page.box, self._resources.font, self._identities)
        self._tiles += len(tiles)
        if self._tiles > MAX_TILES:
            raise DocumentError("the original's pages are too many and too large for a watermark over all of them")
        return self._annotation("Watermark", make("Appearance", *tiles, Boundary=str(page.box)))

    def _annotation(self, kind: str, appearance: ET.Element) -> ET.Element:
        return make(
            "Annot",
            appearance,
            ID=next(self._identities),
            Type=kind,
            Creator=self._terms.creator,
            LastModDate=f"{self._terms.created.astimezone(CHINA):%Y-%m-%d}",
            ReadOnly="true",
        )


def _lists(package: Package, paths: Paths, bodies: list[ET.Element]) -> list[list[str]]:
    """The locations of each document's lists of signatures, which `list_signatures` found to be within bounds."""
    list_signatures(package, paths)
    found = [[(element.text or "").strip() for element in children(body, {"Signatures"})] for body in bodies]
    if len({one for body in found for one in body}) < sum(map(len, found)):
        raise DocumentError("OFD.xml: two documents with one list of signatures")
    return found


def _listing(place: int) -> str:
    return f"{FOLDER}/Doc_{place}/Annotations.xml"
