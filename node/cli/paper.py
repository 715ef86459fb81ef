"""The page of a bundle's verdict on the terminal and in files: `certmesh verify BUNDLE --page FILE`. Clause 8.5.

The form is chosen by the ending. What draws pages is loaded when one is drawn: most commands draw none.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from federation.proof_bundle import BundleVerdict
from node.errors import ConfigError

FORMS = (".txt", ".html", ".pdf")


def check_names(paths: Iterable[Path]) -> None:
    """Refuse a name whose ending is no form of the page, before anything is verified.

    Raises:
        ConfigError: it is none.
    """
    for path in paths:
        if path.suffix.lower() not in FORMS:
            raise ConfigError(f"{path}: a page is written as {', '.join(FORMS)}; name the file so")


def page_text(verdict: BundleVerdict, opinion: str = "") -> str:
    """The page for a terminal; `opinion` says which libraries judged the signatures."""
    from node.paper import sheet_of, to_text  # noqa: PLC0415 - see the module

    return to_text(sheet_of(verdict, opinion))


def write_pages(verdict: BundleVerdict, paths: Iterable[Path], opinion: str = "") -> None:
    """Write the page, also of a verdict that failed: it says so. The files can hold personal data, and are the reader's.

    Raises:
        ConfigError: a file cannot be written, or its name is no form of the page.
    """
    for path in paths:
        check_names([path])
        try:
            _write(path, _page(verdict, path.suffix.lower(), opinion))
        except OSError as error:
            raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error


def _write(path: Path, data: bytes) -> None:
    """A file readable by its owner alone, or the one that is there, in its mode."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as writing:
        writing.write(data)


def _page(verdict: BundleVerdict, form: str, opinion: str) -> bytes:
    from node.paper import sheet_of, to_html, to_pdf  # noqa: PLC0415 - see the module

    match form:
        case ".pdf":
            return to_pdf(sheet_of(verdict, opinion))
        case ".html":
            return to_html(sheet_of(verdict, opinion)).encode()
        case _:
            return page_text(verdict, opinion).encode()
