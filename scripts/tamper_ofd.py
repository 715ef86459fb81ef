"""Changes single bytes of signed OFD files and shows that none of the changed files verifies: `python scripts/tamper_ofd.py FILE…`.

With `--copy` it does the same to a usage copy of each file, made by an invented provider whose CA is added to the trust list.

A survivor is a changed file whose verdict is still VALID or VALID_UNTRUSTED. Each is explained: the byte is the zip's own bookkeeping (no
entry's name or content changed), or stands in an entry that the report itself calls uncovered, or in a signature value outside of what it
signs. A survivor that none of this explains makes the exit code 1.
"""

import argparse
import json
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _copies import provider, terms

from trust.errors import DocumentError
from trust.ofd import DocumentReport, Trust, Verdict, make_usage_copy, read_package, verify_document

STILL_GOOD = {Verdict.VALID, Verdict.VALID_UNTRUSTED}
LOCAL = (
    ("signature", 4),
    ("version", 2),
    ("flags", 2),
    ("method", 2),
    ("time and date", 4),
    ("CRC", 4),
    ("sizes", 8),
    ("lengths", 4),
)
CENTRAL = (
    ("signature", 4),
    ("version made by", 2),
    ("version needed", 2),
    ("flags", 2),
    ("method", 2),
    ("time and date", 4),
    ("CRC", 4),
    ("sizes", 8),
    ("lengths", 6),
    ("disk", 2),
    ("attributes", 6),
    ("offset", 4),
)
"""Fields of the two headers and their bytes: APPNOTE 4.3.7 and 4.3.12."""


@dataclass(frozen=True, slots=True)
class Region:
    """A run of bytes in the zip file, and what it is."""

    start: int
    end: int
    name: str


def regions(data: bytes) -> Iterator[Region]:
    """What stands where in a zip file, as its directory tells."""
    with zipfile.ZipFile(BytesIO(data)) as container:
        entries, at = container.infolist(), container.start_dir
    for entry in entries:
        start = entry.header_offset
        yield from _fields(start, LOCAL, "local header")
        lengths = data[start + 26 : start + 30]
        body = start + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
        yield Region(start + 30, body, "local header: name or extra field")
        yield Region(
            body, body + entry.compress_size, f"compressed data of {entry.filename} (inflates to the same bytes)"
        )
    for _ in entries:
        yield from _fields(at, CENTRAL, "directory")
        tail = sum(int.from_bytes(data[at + offset : at + offset + 2], "little") for offset in (28, 30, 32))
        yield Region(at + 46, at + 46 + tail, "directory: name, extra field or comment")
        at += 46 + tail
    yield Region(at, len(data), "end of directory")


def _fields(start: int, fields: tuple[tuple[str, int], ...], header: str) -> Iterator[Region]:
    for name, size in fields:
        yield Region(start, start + size, f"{header}: {name}")
        start += size


def _contents(data: bytes) -> dict[str, bytes]:
    package = read_package(data)
    return {name: package.read(name) for name in package.entries}


class Tamper:
    """One file, its report, and what a changed byte in it is."""

    def __init__(self, data: bytes, trust: Trust) -> None:
        self._data, self._trust, self._at = data, trust, datetime.now(UTC)
        self._regions, self._contents = list(regions(data)), _contents(data)
        self._report = self._verify(data)

    def _verify(self, data: bytes) -> DocumentReport:
        return verify_document(data, trust=self._trust, at=self._at)

    @property
    def good(self) -> bool:
        """Whether the file verifies before anything is changed."""
        return self._report.verdict in STILL_GOOD

    def survives(self, offset: int, mask: int) -> str | None:
        """None when the change is refused; else why the byte is covered by nothing, or "UNEXPLAINED"."""
        changed = self._data[:offset] + bytes([self._data[offset] ^ mask]) + self._data[offset + 1 :]
        try:
            if self._verify(changed).verdict not in STILL_GOOD:
                return None
        except DocumentError:
            return None
        after = _contents(changed)
        names = [name for name in self._contents.keys() | after.keys() if self._contents.get(name) != after.get(name)]
        where = next((one.name for one in self._regions if one.start <= offset < one.end), "between entries")
        if not names:
            return f"zip bookkeeping, no entry changes: {where}"
        return "; ".join(self._why(name) for name in sorted(names))

    def _why(self, name: str) -> str:
        said = {path for one in self._report.signatures for path in one.uncovered}
        covered = {check.path for one in self._report.signatures for check in one.references}
        if name in covered:
            return "UNEXPLAINED"
        if name in said:
            return f"{name}: in the report's uncovered list"
        if name.casefold().endswith("value.dat"):
            return f"{name}: the part of a signature value that is not signed"
        reasons = {reason for one in self._report.signatures for reason in one.reasons}
        return f"{name}: named as uncovered in the reasons" if any(name in one for one in reasons) else "UNEXPLAINED"


def main() -> None:
    """Tamper with every file and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=97, help="distance of the changed bytes")
    parser.add_argument("--mask", type=lambda text: int(text, 0), default=0xFF, help="what is XORed into the byte")
    parser.add_argument("--trust", type=Path, help="CA certificates, PEM or DER")
    parser.add_argument("--copy", action="store_true", help="also tamper with a usage copy of each file")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    trust = Trust.from_bytes(anchors=[options.trust.read_bytes()] if options.trust else [])
    results = []
    for path in options.files:
        files = [(path.name, path.read_bytes(), trust)]
        if options.copy:
            files.append(_copy(*files[0]))
        results += [_tamper(*file, options.every, options.mask) for file in files]
    if options.json:
        print(json.dumps(results, ensure_ascii=False))
    else:
        for one in results:
            print(f"{one['file']}: {one['tried']} changed, {one['survived']} survived")
            for reason, number in one["reasons"].items():
                print(f"  {number:5} {reason}")
    if any("UNEXPLAINED" in reason for one in results for reason in one["reasons"]):
        sys.exit(1)


def _copy(name: str, data: bytes, trust: Trust) -> tuple[str, bytes, Trust]:
    """The file's usage copy, and the trust list with its provider's CA."""
    now = datetime.now(UTC)
    signer, more = provider(now)
    return f"copy of {name}", make_usage_copy(data, terms(now), signer), Trust(anchors=trust.anchors + more.anchors)


def _tamper(name: str, data: bytes, trust: Trust, every: int, mask: int) -> dict[str, object]:
    tamper = Tamper(data, trust)
    if not tamper.good:
        sys.exit(f"{name} does not verify even unchanged")
    offsets = range(0, len(data), every)
    reasons = Counter(reason for offset in offsets if (reason := tamper.survives(offset, mask)) is not None)
    return {"file": name, "tried": len(offsets), "survived": sum(reasons.values()), "reasons": dict(reasons)}


if __name__ == "__main__":
    main()
