"""Makes log_proof.json: a message proven by the log, and two forked heads, without `trust.merkle`, `trust.checkpoint` or `trust.envelope`.

The tree is `make_merkle`'s, read aloud from RFC 9162; the signatures are gmssl's, with a key and nonces that are published here and so are
worth nothing. `python -m tests.trust.vectors.make_log_proof` writes the file; a test makes it again and compares.
"""

import base64
import json
from pathlib import Path

from gmssl import sm2

from tests.trust.vectors.make_merkle import mth, path, sm3, subproof

FILE = Path(__file__).with_name("log_proof.json")
SCALAR = sm3(b"certmesh log proof vector")
SENDER, KIND = "310000", "SearchRequest"
ORIGIN = f"certmesh.cn/{SENDER}/evidence"
SIZE, INDEX = 200, 150


def point() -> bytes:
    key = sm2.CryptSM2(SCALAR.hex(), "00" * 64)
    return bytes.fromhex(key._kg(int.from_bytes(SCALAR), key.ecc_table["g"]))


def signature(message: bytes) -> bytes:
    key = sm2.CryptSM2(SCALAR.hex(), "00" * 64)
    key.public_key = point().hex()
    return bytes.fromhex(key.sign_with_sm3(message, sm3(b"nonce" + message).hex()))


def note(size: int, root: bytes) -> str:
    text = f"{ORIGIN}\n{size}\n{base64.b64encode(root).decode()}\n"
    key_id = sm3(ORIGIN.encode() + b"\n\xff" + b"sm2-sm3-1234567812345678" + point())[:4]
    return text + f"\n— {ORIGIN} {base64.b64encode(key_id + signature(text.encode())).decode()}\n"


def jcs(value: dict[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def made() -> str:
    payload = b"a payload: header and sealed content"
    entry = jcs(
        {
            "v": 1,
            "type": "SEARCH",
            "step": "asked",
            "exchange": "e1",
            "node": SENDER,
            "time": "2026-03-01T12:00:00.000+00:00",
            "request": sm3(payload).hex(),
            "sent": {KIND: "request"},
        }
    )
    entries = [str(i).encode() for i in range(SIZE)]
    entries[INDEX] = entry
    other = [*entries[:100], b"another", *entries[101:]]
    vectors = {
        "public_key": point().hex(),
        "sender": SENDER,
        "kind": KIND,
        "payload_type": f"application/vnd.certmesh.v1.{KIND}+protobuf",
        "payload": payload.hex(),
        "proof": {
            "entry": entry.decode(),
            "index": INDEX,
            "path": [step.hex() for step in path(INDEX, entries)],
            "checkpoint": note(SIZE, mth(entries)),
        },
        "fork_of_one_size": {"first": note(SIZE, mth(entries)), "second": note(SIZE, mth(other))},
        "fork_of_two_sizes": {
            "first": note(101, mth(entries[:101])),
            "second": note(SIZE, mth(other)),
            "path": [step.hex() for step in subproof(101, other, whole=True)],
        },
        "no_fork": {
            "first": note(101, mth(entries[:101])),
            "second": note(SIZE, mth(entries)),
            "path": [step.hex() for step in subproof(101, entries, whole=True)],
        },
    }
    return json.dumps(vectors, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), encoding="utf-8")
