"""The published vectors of notes and cosignatures: this program reads what an independent script wrote, and identifies keys alike."""

import base64
import json

from tests.trust.vectors import make_log_formats
from trust.checkpoint import key_id, parse_note, verify_note
from trust.cosignature import cosigned, cosigner_id, witnesses
from trust.gm import PublicKey

VECTORS = json.loads(make_log_formats.FILE.read_text(encoding="utf-8"))
NOTE, LINE = VECTORS["note"].encode(), VECTORS["cosignature"].encode()
LOG, WITNESS = (PublicKey.from_point(bytes.fromhex(VECTORS[who]["public_key"])) for who in ("log", "witness"))


def test_a_note_is_that_of_the_vectors() -> None:
    head = verify_note(NOTE, VECTORS["log"]["name"], LOG)

    assert (head.size, parse_note(NOTE).signatures[0].key_id) == (300, key_id(head.origin, LOG))


def test_a_cosignature_is_that_of_the_vectors() -> None:
    found = witnesses(cosigned(NOTE, [LINE]), {"320000": [WITNESS], "330000": [LOG]})

    assert {code: one.seconds for code, one in found.items()} == {"320000": VECTORS["witness"]["time"]}
    assert found["320000"].line == LINE
    assert base64.b64decode(LINE.split()[-1])[:4] == cosigner_id("320000", WITNESS)
