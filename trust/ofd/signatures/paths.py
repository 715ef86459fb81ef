"""From a reference as Signature.xml writes it to an entry: absolute, relative, percent-escaped, with backslashes, in another case.

The standard wants absolute paths; real files also write them relative to the file they stand in, or to the root without a slash (PARTS,
"What real OFD files do", item 5). A reference that could mean two entries means none.
"""

from collections.abc import Iterable
from urllib.parse import unquote

from trust.errors import DocumentError
from trust.ofd.container import normal_path


class Paths:
    """The entries of one package, found in constant time however they are named."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._by_folded = {entry.casefold(): entry for entry in entries}

    def find(self, location: str, near: str = "") -> str | None:
        """The entry that `location`, written in the file `near`, names; None when there is none.

        Raises:
            DocumentError: it could be two different entries.
        """
        text = location.strip().replace("\\", "/")
        found = self._matching({text}, near) or self._matching({unquote(text)}, near)
        if len(found) > 1:
            raise DocumentError("a reference that could mean two entries")
        return next(iter(found), None)

    def _matching(self, texts: set[str], near: str) -> set[str]:
        folder = near.rpartition("/")[0]
        names = {
            normal_path(base + "/" + text)
            for text in texts
            for base in ({""} if text.startswith("/") else {"", folder})
        }
        return {self._by_folded[name.casefold()] for name in names if name and name.casefold() in self._by_folded}
