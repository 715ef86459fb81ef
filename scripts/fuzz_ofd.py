"""Throws damaged OFD files at the verifier and at the maker of usage copies: `python scripts/fuzz_ofd.py --seconds 300 FILE…`.

Both must answer or raise a DocumentError. What can be copied is copied, and the copy must say what it was told, hold the report of the
original, and be valid unless that was tampered with. Give usage copies among the files: then copies are damaged as well.

Two ways of damage: bytes of the zip, and bytes of one or two entries zipped again with right checksums, which reach the parsers behind it.
It stops with exit code 1 at the first other exception, at an answer that takes longer than `--slow` seconds, or when memory has grown by
more than `--growth` MiB; the input is kept in the current folder.
"""

import argparse
import random
import resource
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _copies import provider, terms

from trust.errors import DocumentError
from trust.ofd import DocumentReport, Verdict, make_usage_copy, read_package, verify_document
from trust.ofd.signatures import write_package

WARM_UP = 200  # inputs before memory is first measured
INTERESTING = (b"\x00", b"\xff", b"\x80", b"\x30", b"\x7f", b"<", b'"', b"\x84\xff\xff\xff\xff", b"0" * 40, b"../")
BINARY = ("value.dat", "seal.esl")
PARTS = (
    "signature.xml",
    "signatures.xml",
    "value.dat",
    "ofd.xml",
    "seal.esl",
    "document.xml",
    "annotations.xml",
    "copy_0.xml",
)


class Fuzzer:
    """Makes inputs from the seeds, and judges the answers."""

    def __init__(self, seeds: list[bytes], source: random.Random) -> None:
        self._random = source
        self._seeds = seeds
        self._entries = [{name: package.read(name) for name in package.entries} for package in map(read_package, seeds)]
        self._at = datetime.now(UTC)
        self._signer, self._trust = provider(self._at)
        self._terms = terms(self._at)

    def make(self) -> bytes:
        """One damaged file."""
        if self._random.random() < 0.3:  # noqa: PLR2004 - the zip layer has tests of its own
            return self._damaged(self._random.choice(self._seeds))
        entries = dict(self._random.choice(self._entries))
        # Damaged XML mostly ends at the reader's door: half of the damage goes to what is not XML.
        parts = BINARY if self._random.random() < 0.5 else PARTS  # noqa: PLR2004
        names = [name for name in entries if name.casefold().endswith(parts)] or list(entries)
        for name in self._random.sample(names, self._random.randint(1, min(2, len(names)))):
            entries[name] = self._damaged(entries[name])
        return write_package(entries)

    def _damaged(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(self._random.choice((1, 1, 1, 2, 4, 16))):
            # Headers stand in front: half of the damage goes there.
            end = len(changed) if self._random.random() < 0.5 else min(len(changed), 400)  # noqa: PLR2004
            at = self._random.randrange(end + 1)
            match self._random.randrange(5):
                case 0:
                    changed[at : at + 1] = bytes([self._random.randrange(256)])
                case 1:
                    changed[at:at] = self._random.choice(INTERESTING)
                case 2:
                    del changed[at : at + self._random.choice((1, 1, 2, 8, 100))]
                case 3:
                    start = self._random.randrange(len(changed) + 1)
                    changed[at:at] = changed[start : start + self._random.choice((2, 8, 64, 500))]
                case _:
                    changed[at : at + 1] = (
                        bytes([changed[at] ^ (1 << self._random.randrange(8))]) if at < len(changed) else b""
                    )
        return bytes(changed)

    def judge(self, data: bytes) -> str:
        """The verdict and whether it was copied, or that the file was refused. Anything else is the crash that is looked for."""
        try:
            report = verify_document(data, trust=self._trust, at=self._at)
        except DocumentError:
            return "refused"
        try:
            copy = make_usage_copy(data, self._terms, self._signer)
        except DocumentError:
            return f"{report.verdict} not copied"
        self._compare(report, verify_document(copy, trust=self._trust, at=self._at))
        return f"{report.verdict} copied"

    def _compare(self, original: DocumentReport, copied: DocumentReport) -> None:
        """A copy that was made is a good one."""
        if copied.copy is None or (copied.copy.terms, copied.copy.original) != (self._terms, original):
            raise RuntimeError("the copy does not hold what was copied")
        expected = Verdict.TAMPERED if original.verdict is Verdict.TAMPERED else Verdict.VALID
        if copied.verdict is not expected:
            raise RuntimeError(f"the copy of a file that is {original.verdict} is {copied.verdict}")


def memory() -> float:
    """The most memory this process ever had, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Fuzz until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", help="the files to damage")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--slow", type=float, default=5.0, help="seconds that one answer may take")
    parser.add_argument("--growth", type=float, default=100.0, help="MiB that memory may grow")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    fuzzer = Fuzzer([path.read_bytes() for path in options.files], random.Random(seed))  # noqa: S311 - not a secret
    answers, slowest, base = Counter[str](), 0.0, 0.0
    started = time.monotonic()
    while time.monotonic() - started < options.seconds:
        data = fuzzer.make()
        begun = time.monotonic()
        try:
            answers[fuzzer.judge(data)] += 1
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            _fail(data, seed, f"{type(error).__name__}: {error}")
        slowest = max(slowest, time.monotonic() - begun)
        if slowest > options.slow:
            _fail(data, seed, f"an answer took {slowest:.1f} s")
        if answers.total() == WARM_UP:
            base = memory()
        if base and memory() - base > options.growth:
            _fail(data, seed, f"memory grew from {base:.0f} to {memory():.0f} MiB")
    grown = memory() - base if base else 0.0
    print(
        f"seed {seed}: {answers.total()} inputs, slowest {slowest * 1000:.0f} ms, memory +{grown:.0f} MiB, {dict(answers)}"
    )


def _fail(data: bytes, seed: int, reason: str) -> None:
    kept = Path(f"fuzz-{seed}.ofd")
    kept.write_bytes(data)
    sys.exit(f"seed {seed}: {reason}; the input is in {kept}")


if __name__ == "__main__":
    main()
