"""Makes log_formats.json: every format of a published log, without a line of the project's: hashlib's SM3, gmssl's SM2, and the texts.

Sources: RFC 9162 §2.1 (leaf, tree), C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof and tlog-tiles, with SM3 for SHA-256
and SM2 under a name of its own for Ed25519 (DESIGN §7). Keys and nonces are published here, so they are worth nothing. Entry i is the
decimal text of i. `python -m tests.trust.vectors.make_log_formats` writes the file; the gate and a test make it again and compare.
"""

import base64
import json
from pathlib import Path

from gmssl import sm2

from tests.trust.vectors.make_merkle import mth, path, sm3

FILE = Path(__file__).with_name("log_formats.json")
LOG, WITNESS = "certmesh.cn/310000/evidence", "certmesh.cn/320000/witness"
USER = b"1234567812345678"
LARGE, SMALL, INDEX, TIME = 66_136, 300, 150, 1_790_000_000


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Key:
    def __init__(self, label: bytes) -> None:
        self.scalar = sm3(label)
        self._key = sm2.CryptSM2(self.scalar.hex(), "00" * 64)
        self._key.public_key = self._key._kg(int.from_bytes(self.scalar), self._key.ecc_table["g"])
        self.point = bytes.fromhex(self._key.public_key)

    def sign(self, message: bytes) -> bytes:
        return bytes.fromhex(self._key.sign_with_sm3(message, sm3(b"nonce" + message).hex()))

    def line(self, name: str, kind: bytes, signature: bytes) -> str:
        key_id = sm3(name.encode() + b"\n\xff" + kind + self.point)[:4]
        return f"— {name} {b64(key_id + signature)}\n"


def text(size: int, root: bytes) -> str:
    return f"{LOG}\n{size}\n{b64(root)}\n"


def note(key: Key, body: str) -> str:
    return f"{body}\n" + key.line(LOG, b"sm2-sm3-" + USER, key.sign(body.encode()))


def cosignature(key: Key, body: str) -> str:
    signed = f"cosignature/v1\ntime {TIME}\n{body}".encode()
    return key.line(WITNESS, b"sm2-sm3-cosignature-v1-" + USER, TIME.to_bytes(8) + key.sign(signed))


def tile_path(level: str, index: int, width: int = 256) -> str:
    digits = str(index)
    digits = "0" * (-len(digits) % 3) + digits
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join(["tile", level, *(f"x{group}" for group in groups[:-1]), groups[-1]])
    return name if width == 256 else f"{name}.p/{width}"


def above(hashes: list[bytes]) -> list[bytes]:
    for _ in range(8):
        hashes = [sm3(b"\x01" + hashes[i] + hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes


def tiles(size: int) -> dict[str, bytes]:
    entries = [str(i).encode() for i in range(size)]
    hashes, found, level = [sm3(b"\x00" + one) for one in entries], {}, 0
    for at in range(0, size, 256):
        some = entries[at : at + 256]
        found[tile_path("entries", at // 256, len(some))] = b"".join(len(one).to_bytes(2) + one for one in some)
    while hashes:
        for at in range(0, len(hashes), 256):
            some = hashes[at : at + 256]
            found[tile_path(str(level), at // 256, len(some))] = b"".join(some)
        hashes, level = above(hashes[: len(hashes) // 256 * 256]), level + 1
    return found


def digests(size: int) -> dict[str, object]:
    found = tiles(size)
    joined = b"".join(name.encode() + b"\n" + found[name] for name in sorted(found))
    names = [name for name in found if name.endswith(("/000", "/255")) or ".p/" in name]
    return {
        "size": size,
        "count": len(found),
        "all": sm3(joined).hex(),
        "some": {n: sm3(found[n]).hex() for n in names},
    }


def made() -> str:
    log, witness = Key(b"certmesh log format vector"), Key(b"certmesh witness vector")
    entries = [str(i).encode() for i in range(SMALL)]
    body = text(SMALL, mth(entries))
    signed = note(log, body)
    cosigned = signed + cosignature(witness, body)
    hashes = "".join(f"{b64(step)}\n" for step in path(INDEX, entries))
    head = "c2sp.org/tlog-proof@v1\n"
    numbers = (0, 1, 255, 256, 999, 1_000, 70_000, 999_999, 1_000_000, 1_234_067, 1_234_567_890_123)
    vectors = {
        "log": {"name": LOG, "public_key": log.point.hex()},
        "witness": {"name": WITNESS, "public_key": witness.point.hex(), "time": TIME},
        "leaves": {one: sm3(b"\x00" + one.encode()).hex() for one in ("", "0", "一")},
        "note": signed,
        "cosignature": cosignature(witness, body),
        "tlog_proof": {
            "index": INDEX,
            "bare": f"{head}index {INDEX}\n{hashes}\n{signed}",
            "cosigned": f"{head}extra {b64(entries[INDEX])}\nindex {INDEX}\n{hashes}\n{cosigned}",
            "alone": f"{head}index 0\n\n{note(log, text(1, mth(entries[:1])))}",
        },
        "tile_paths": [
            [n, w, tile_path("0", n, w), tile_path("entries", n, w)] for n in numbers for w in (256, 1, 255)
        ],
        "bundle": {"entries": ["", "a", "一"], "bytes": b"\0\0\0\1a\0\3\xe4\xb8\x80".hex()},
        "trees": [digests(size) for size in (1, 255, 256, 257, LARGE)],
    }
    return json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
