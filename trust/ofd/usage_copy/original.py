"""Reads usage copies: what one says of itself, and the original inside it. Nothing is believed here: `trust.ofd.verify` judges."""

from trust.errors import DocumentError
from trust.ofd.package import Package
from trust.ofd.usage_copy.terms import UsageCopy, read_custom_data

FOLDER = "UsageCopy"
ORIGINAL_ROOT = f"{FOLDER}/Original/OFD.xml"


def document_root(root: str, place: int) -> str:
    """Where the copy's root of a document is: beside the original's, so that locations relative to it keep their meaning."""
    return f"{root.rpartition('/')[0]}/{FOLDER}_{place}.xml".lstrip("/")


def document_roots(package: Package) -> tuple[str, ...]:
    """Where a copy of this package has the roots of its documents."""
    return tuple(document_root(root, place) for place, root in enumerate(package.doc_roots))


def read_usage_copy(package: Package) -> UsageCopy | None:
    """What a usage copy of ours says of itself; None for any other document, such as a copy of another maker.

    Raises:
        DocumentError: it says that it is one, and its fields are missing or out of bounds.
    """
    return read_custom_data(package.custom_data)


def open_original(copy: Package) -> Package:
    """The original inside a usage copy: the same entries, without what was added, under the original's OFD.xml.

    Raises:
        DocumentError: there is none, the copy shows other documents than it has, or it is a copy of a copy.
    """
    added = {*copy.doc_roots, *(path for path in copy.entries if path.startswith(f"{FOLDER}/"))}
    original = copy.under(ORIGINAL_ROOT, without=added)
    if document_roots(original) != copy.doc_roots:
        raise DocumentError("usage copy: its documents are not those of its original")
    if read_usage_copy(original) is not None:
        raise DocumentError("usage copy: its original is a usage copy itself")
    return original
