"""Writing the page of a bundle's verdict to files: `certmesh verify BUNDLE --page FILE`. The form is chosen by the ending. Clause 8.5."""

from collections.abc import Iterable
from pathlib import Path

from federation.proof_bundle import BundleVerdict
from node.errors import ConfigError
from node.paper import sheet_of, to_html, to_pdf, to_text

FORMS = (".txt", ".html", ".pdf")


def check_names(paths: Iterable[Path]) -> None:
    """Refuse a name whose ending is no form of the page, before anything is verified.

    Raises:
        ConfigError: it is none.
    """
    for path in paths:
        if path.suffix.lower() not in FORMS:
            raise ConfigError(f"{path}: a page is written as {', '.join(FORMS)}; name the file so")


def write_pages(verdict: BundleVerdict, paths: Iterable[Path]) -> None:
    """Write the page, also of a verdict that failed: it says so.

    Raises:
        ConfigError: a file cannot be written, or its name is no form of the page.
    """
    sheet = sheet_of(verdict)
    for path in paths:
        check_names([path])
        match path.suffix.lower():
            case ".pdf":
                data = to_pdf(sheet)
            case ".html":
                data = to_html(sheet).encode()
            case _:
                data = to_text(sheet).encode()
        try:
            path.write_bytes(data)
        except OSError as error:
            raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error
