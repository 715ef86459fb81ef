"""A document's pages, templates, annotations and stamps (GB/T 33190-2016, clauses 7.4 to 7.6, 13 and 18), found but not drawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from node.preview import numbers
from node.preview.files import Files, child, children, flag, text_of
from node.preview.limits import Budget
from node.preview.numbers import Box
from node.preview.resources import Resources, resource_files
from trust.errors import DocumentError

A4 = Box(0.0, 0.0, 210.0, 297.0)
MAX_SIDE = 5000.0  # millimetres; a page beyond it is no certificate
MAX_TEMPLATES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Where a signature shows its seal on a page, and which files hold the seal, best first."""

    box: Box
    clip: Box | None
    sources: tuple[str, ...]


class Document:
    """The first document of a package."""

    def __init__(self, files: Files, budget: Budget) -> None:
        self._files = files
        self._budget = budget
        self._root = files.xml(files.root)
        self._common = child(self._root, "CommonData")
        pages = child(self._root, "Pages")
        self._pages = [] if pages is None else list(children(pages, "Page"))
        names = ("PublicRes", "DocumentRes")
        self.resources = Resources().extended(files, resource_files(self._common, files, files.root, *names), budget)

    @property
    def page_count(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def page(self, place: int) -> tuple[str, ET.Element, str]:
        """The ID, content and path of a page, counted from 1.

        Raises:
            DocumentError: no such page, or a damaged one.
        """
        if not 1 <= place <= len(self._pages):
            raise DocumentError(f"the document has {len(self._pages)} pages; there is no page {place}")
        entry = self._pages[place - 1]
        path = self._files.find(entry.get("BaseLoc", ""), self._files.root)
        return entry.get("ID", ""), self._files.xml(path), path

    def page_box(self, page: ET.Element) -> Box:
        """The page's physical box, else the document's, else A4.

        Raises:
            DocumentError: not a box, or of a size no page has.
        """
        text = text_of(child(page, "Area"), "PhysicalBox") or text_of(child(self._common, "PageArea"), "PhysicalBox")
        found = numbers.box(text, "PhysicalBox") if text else A4
        if not (0 < found.width <= MAX_SIDE and 0 < found.height <= MAX_SIDE):
            raise DocumentError(f"PhysicalBox: a page without area, or a side over {MAX_SIDE:g} mm")
        return found

    def page_resources(self, page: ET.Element, path: str) -> Resources:
        """The document's resources and the page's own."""
        own = resource_files(page, self._files, path, "PageRes")
        return self.resources.extended(self._files, own, self._budget) if own else self.resources

    def templates(self, page: ET.Element) -> Iterator[tuple[str, ET.Element, str]]:
        """The ZOrder, content and path of the page's templates. A template's own templates are not followed: they could go in rings."""
        if self._common is None:
            return
        known = {entry.get("ID"): entry for entry in children(self._common, "TemplatePage")}
        for use in list(children(page, "Template"))[:MAX_TEMPLATES]:
            entry = known.get(use.get("TemplateID"))
            if entry is None:
                self._budget.note("a template is missing: 缺少模板页")
                continue
            path = self._files.find(entry.get("BaseLoc", ""), self._files.root)
            yield use.get("ZOrder", entry.get("ZOrder", "Background")), self._files.xml(path), path

    def appearances(self, page_id: str) -> Iterator[ET.Element]:
        """What the visible annotations of a page look like."""
        location = text_of(self._root, "Annotations")
        if not location:
            return
        path = self._files.find(location, self._files.root)
        for entry in children(self._files.xml(path), "Page"):
            if entry.get("PageID") == page_id:
                for annotation in children(self._files.xml(self._files.find(text_of(entry, "FileLoc"), path)), "Annot"):
                    if flag(annotation, "Visible", default=True):
                        yield from children(annotation, "Appearance")

    def stamps(self, page_id: str) -> Iterator[Stamp]:
        """The stamps that signatures put on a page. A signature whose files are missing is noted and left out."""
        body = child(self._files.xml("OFD.xml"), "DocBody")
        location = text_of(body, "Signatures")
        if not location:
            return
        path = self._files.find(location, "OFD.xml")
        for entry in children(self._files.xml(path), "Signature"):
            try:
                yield from self._stamps_of(self._files.find(entry.get("BaseLoc", ""), path), page_id)
            except DocumentError:
                self._budget.note("a seal cannot be shown: 印章无法显示")

    def _stamps_of(self, path: str, page_id: str) -> Iterator[Stamp]:
        root = self._files.xml(path)
        info = child(root, "SignedInfo")
        if info is None:
            return
        references = (text_of(root, "SignedValue"), text_of(child(info, "Seal"), "BaseLoc"))
        sources = tuple(self._files.find(reference, path) for reference in references if reference)
        for stamp in children(info, "StampAnnot"):
            if stamp.get("PageRef") == page_id:
                clip = stamp.get("Clip")
                yield Stamp(
                    box=numbers.box(stamp.get("Boundary", ""), "a stamp's Boundary"),
                    clip=numbers.box(clip, "a stamp's Clip") if clip else None,
                    sources=sources,
                )
