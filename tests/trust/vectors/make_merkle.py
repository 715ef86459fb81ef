"""Makes merkle_sm3.json: RFC 9162 §2.1.1 read aloud in Python with hashlib's SM3, sharing nothing with trust.merkle.

`python tests/trust/vectors/make_merkle.py` writes the file; a test makes it again and compares. Entry i is the decimal text of i.
"""

import hashlib
import json
from pathlib import Path

FILE = Path(__file__).with_name("merkle_sm3.json")


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def mth(entries: list[bytes]) -> bytes:
    if not entries:
        return sm3(b"")
    if len(entries) == 1:
        return sm3(b"\x00" + entries[0])
    k = max(2**bit for bit in range(20) if 2**bit < len(entries))
    return sm3(b"\x01" + mth(entries[:k]) + mth(entries[k:]))


def path(m: int, entries: list[bytes]) -> list[bytes]:
    if len(entries) == 1:
        return []
    k = max(2**bit for bit in range(20) if 2**bit < len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: list[bytes], *, whole: bool) -> list[bytes]:
    if m == len(entries):
        return [] if whole else [mth(entries)]
    k = max(2**bit for bit in range(20) if 2**bit < len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], whole=whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], whole=False), mth(entries[:k])]


def made() -> str:
    entries = [str(i).encode() for i in range(200)]
    vectors = {
        "roots": {str(n): mth(entries[:n]).hex() for n in (0, 1, 2, 3, 4, 7, 8, 64, 65, 200)},
        "inclusion": [
            {"index": m, "size": n, "path": [step.hex() for step in path(m, entries[:n])]}
            for m, n in ((0, 1), (0, 7), (3, 7), (4, 7), (5, 7), (6, 7), (63, 65), (64, 65), (150, 200))
        ],
        "consistency": [
            {"old": m, "new": n, "path": [step.hex() for step in subproof(m, entries[:n], whole=True)]}
            for m, n in ((1, 1), (1, 7), (3, 7), (4, 7), (6, 7), (64, 65), (65, 200), (128, 200))
        ],
    }
    return json.dumps(vectors, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(made())
