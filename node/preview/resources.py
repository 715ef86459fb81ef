"""What pages refer to by ID: fonts, colour spaces, drawing parameters, pictures and composite units (GB/T 33190-2016, clause 7.9)."""

from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from node.preview.files import Files, child, children, flag, local, text_of
from node.preview.limits import Budget
from trust.errors import DocumentError


@dataclass(frozen=True, slots=True, kw_only=True)
class FontEntry:
    """A font as the document names it; `path` is the embedded file, if any."""

    name: str
    path: str | None
    bold: bool
    italic: bool


@dataclass(slots=True, kw_only=True)
class Resources:
    """Everything by ID. A later file of resources wins: a page's own come last."""

    fonts: dict[str, FontEntry] = field(default_factory=dict)
    colour_spaces: dict[str, ET.Element] = field(default_factory=dict)
    draw_params: dict[str, ET.Element] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)
    composites: dict[str, ET.Element] = field(default_factory=dict)

    def extended(self, files: Files, paths: list[str], budget: Budget) -> "Resources":
        """These and those of more files. A file that cannot be read is noted: much of the page may do without it."""
        more = Resources(
            fonts=dict(self.fonts),
            colour_spaces=dict(self.colour_spaces),
            draw_params=dict(self.draw_params),
            pictures=dict(self.pictures),
            composites=dict(self.composites),
        )
        for path in paths:
            try:
                more._add(files, path)
            except DocumentError:
                budget.note("a file of resources cannot be read: 资源文件无法读取")
        return more

    def _add(self, files: Files, path: str) -> None:
        root = files.xml(path)
        base = f"{path.rpartition('/')[0]}/{root.get('BaseLoc', '')}/"
        for element in (item for group in root for item in group):
            key = element.get("ID", "")
            match local(element):
                case "Font":
                    self.fonts[key] = _font(element, files, base)
                case "ColorSpace":
                    self.colour_spaces[key] = element
                case "DrawParam":
                    self.draw_params[key] = element
                case "MultiMedia":
                    location = _located(files, text_of(element, "MediaFile"), base)
                    if location is not None:
                        self.pictures[key] = location
                case "CompositeGraphicUnit" | "VectorG":
                    self.composites[key] = element
                case _:
                    pass


def resource_files(parent: ET.Element | None, files: Files, base: str, *names: str) -> list[str]:
    """The resource files that the children of these names refer to; those that are not there are left out."""
    if parent is None:
        return []
    found = (_located(files, (element.text or "").strip(), base) for element in children(parent, *names))
    return [path for path in found if path is not None]


def _font(element: ET.Element, files: Files, base: str) -> FontEntry:
    file = child(element, "FontFile")
    return FontEntry(
        name=f"{element.get('FontName', '')} {element.get('FamilyName', '')}",
        path=None if file is None else _located(files, (file.text or "").strip(), base),
        bold=flag(element, "Bold", default=False),
        italic=flag(element, "Italic", default=False),
    )


def _located(files: Files, reference: str, base: str) -> str | None:
    try:
        return files.find(reference, base) if reference else None
    except DocumentError:
        return None
