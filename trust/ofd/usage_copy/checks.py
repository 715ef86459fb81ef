"""What no usage copy is made of: originals whose names or sizes leave no room for what a copy adds. Bounds only; making is `making`."""

from collections.abc import Mapping

from trust.errors import DocumentError
from trust.ofd.container import MAX_ENTRIES, MAX_TOTAL
from trust.ofd.markup import is_text
from trust.ofd.package import MAX_CUSTOM_DATA, Package
from trust.ofd.signatures.listing import MAX_REFERENCES, MAX_SIGNATURE_FILE, MAX_TEXT
from trust.ofd.signatures.paths import Paths
from trust.ofd.usage_copy.original import FOLDER, document_roots, read_usage_copy

MAX_DOCUMENTS = 64


def check_original(package: Package, fields: dict[str, str]) -> None:
    """Refuse an original whose names are ours, whose entries' names no reference can say, or that leaves no room for the copy's `fields`.

    Raises:
        DocumentError: which it is.
    """
    if read_usage_copy(package) is not None:
        raise DocumentError("this is a usage copy already; make the copy from the original")
    roots = {root.casefold() for root in document_roots(package)}
    paths = Paths(package.entries)
    for path in package.entries:
        folded = path.casefold()
        if folded in roots or folded.startswith(f"{FOLDER}/".casefold()):
            raise DocumentError(f"{path}: a name that usage copies keep for themselves")
        if len(path) >= MAX_TEXT or not is_text(path) or paths.find(f"/{path}") != path:
            raise DocumentError(f"{path!r}: a name that a signature's reference cannot say")
    if len(package.doc_roots) > MAX_DOCUMENTS:
        raise DocumentError(f"OFD.xml: more than {MAX_DOCUMENTS} documents")
    if len(package.custom_data | fields) > MAX_CUSTOM_DATA:
        raise DocumentError(f"OFD.xml: more than {MAX_CUSTOM_DATA} custom data with those of a usage copy")


def check_bounds(signed: Mapping[str, bytes], *, signature: str) -> None:
    """Refuse a copy that our reader and verifier would not read. `signature` is the path of its Signature.xml.

    Raises:
        DocumentError: which bound is passed.
    """
    if len(signed) > min(MAX_ENTRIES, MAX_REFERENCES):
        raise DocumentError(f"the usage copy would have more than {MAX_ENTRIES} entries")
    if sum(map(len, signed.values())) > MAX_TOTAL:
        raise DocumentError(f"the usage copy would have more than {MAX_TOTAL} bytes when inflated")
    if len(signed[signature]) > MAX_SIGNATURE_FILE:
        raise DocumentError(f"the usage copy's Signature.xml would be larger than {MAX_SIGNATURE_FILE} bytes")
