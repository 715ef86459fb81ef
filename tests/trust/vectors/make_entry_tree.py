"""Makes entry_tree_sm3.json: the tree over a publication's entries, spelt out with hashlib's SM3, sharing nothing with `trust`.

Trees are `make_merkle`'s, read aloud from RFC 9162; buckets and order are those of DESIGN §5.
`python -m tests.trust.vectors.make_entry_tree` writes the file; a test makes it again and compares.
"""

import json
from pathlib import Path

from tests.trust.vectors.make_merkle import mth, sm3

FILE = Path(__file__).with_name("entry_tree_sm3.json")
IDS = ["ZJ-0001", "ZJ-0002", "a", "a/", "é", "中", "\uffff", "\U0001d11e", "", *(f"L{n}" for n in range(160))]


def jcs(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def tree(hashes: list[bytes]) -> bytes:
    """The tree over hashes that are leaf hashes already."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sm3(b"")
    k = max(2**bit for bit in range(20) if 2**bit < len(hashes))
    return sm3(b"\x01" + tree(hashes[:k]) + tree(hashes[k:]))


def described(entries: list[tuple[str, int, str]]) -> dict[str, object]:
    ordered = sorted(entries, key=lambda one: (one[0].encode(), one[1]))
    buckets = [mth([body.encode() for name, _, body in ordered if sm3(name.encode())[0] == n]) for n in range(256)]
    return {"size": len(entries), "buckets": sm3(b"".join(buckets)).hex(), "root": tree(buckets).hex()}


def made() -> str:
    entries = [
        (name, version, jcs({"use_list_id": name, "version": version, "scene_name": f"场景 {number}"}))
        for number, name in enumerate(IDS)
        for version in ((10, 2) if number % 3 == 0 else (1,))
    ]
    vectors = {
        "entries": entries,
        "bucket_of": {name: sm3(name.encode())[0] for name in IDS[:20]},
        "trees": [described(entries[:size]) for size in (0, 1, 2, 3, 16, len(entries))],
    }
    return json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
