"""trust.checkpoint: the signed note of the SM profile, its strict reading and its verification."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust.checkpoint import MAX_NOTE_BYTES, Checkpoint, key_id, parse_note, sign_note, verify_note
from trust.errors import EvidenceError
from trust.gm import PrivateKey
from trust.merkle import EMPTY_ROOT

ORIGIN = "certmesh.cn/310000/evidence"
KEY = PrivateKey.generate()
OTHER = PrivateKey.generate()
EMPTY = Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT)
ROOT_LINE = base64.b64encode(EMPTY_ROOT)
NOTE = sign_note(EMPTY, KEY.public, KEY.sign)
TEXT, SIGNATURES = NOTE.split(b"\n\n")
WITNESS_LINE = "— witness.example ".encode() + base64.b64encode(bytes(80)) + b"\n"


def test_a_note_has_the_form_of_the_design() -> None:
    wanted_id = hashlib.new("sm3", ORIGIN.encode() + b"\n\xffsm2-sm3-1234567812345678" + KEY.public.point).digest()[:4]
    lines = NOTE.decode().split("\n")

    assert lines[:4] == [ORIGIN, "0", "GrIdg1XPoX+OYRlIMegajyK+yMco/vt0ftA161CCqis=", ""]
    assert lines[4].startswith(f"— {ORIGIN} ")
    signature = base64.b64decode(lines[4].split(" ")[2])
    assert (wanted_id, key_id(ORIGIN, KEY.public)) == (signature[:4], signature[:4])
    assert KEY.public.verify(TEXT + b"\n", signature[4:])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_what_is_signed_reads_back_and_verifies(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin=ORIGIN, size=size, root=root)
    note = sign_note(checkpoint, KEY.public, KEY.sign)

    assert checkpoint == verify_note(note, ORIGIN, KEY.public) == parse_note(note).checkpoint


def test_signatures_of_unknown_keys_are_ignored() -> None:
    other = sign_note(EMPTY, OTHER.public, OTHER.sign).split(b"\n\n")[1]

    assert verify_note(TEXT + b"\n\n" + WITNESS_LINE + other + SIGNATURES, ORIGIN, KEY.public) == EMPTY


@pytest.mark.parametrize(
    "note",
    [
        pytest.param(NOTE.replace(b"\n0\n", b"\n1\n"), id="the size was changed after signing"),
        pytest.param(NOTE.replace(b"310000/evidence\n", b"320000/evidence\n", 1), id="the origin is another log's"),
        pytest.param(sign_note(EMPTY, OTHER.public, OTHER.sign), id="another key signed"),
        pytest.param(sign_note(EMPTY, KEY.public, OTHER.sign), id="another key signed under our key id"),
        pytest.param(sign_note(EMPTY, KEY.public, lambda _: bytes(64)), id="a signature of zeros"),
        pytest.param(TEXT + b"\n\n" + WITNESS_LINE, id="only a witness signed"),
        pytest.param(
            NOTE + sign_note(EMPTY, KEY.public, OTHER.sign).split(b"\n\n")[1], id="one of two lines of our key is wrong"
        ),
    ],
)
def test_a_note_that_must_not_be_believed_is_refused(note: bytes) -> None:
    with pytest.raises(EvidenceError):
        verify_note(note, ORIGIN, KEY.public)


@pytest.mark.parametrize(
    "note",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(TEXT + b"\n", id="no signature"),
        pytest.param(TEXT + b"\n\n", id="a blank line and no signature"),
        pytest.param(NOTE[:-1], id="no newline at the end"),
        pytest.param(NOTE + b"\n", id="a blank line at the end"),
        pytest.param(NOTE.replace(b"\n", b"\r\n"), id="carriage returns"),
        pytest.param(NOTE.replace(b"\n0\n", b"\n00\n"), id="leading zeros"),
        pytest.param(NOTE.replace(b"\n0\n", b"\n+1\n"), id="a sign before the size"),
        pytest.param(NOTE.replace(b"\n0\n", "\n１\n".encode()), id="a full-width digit"),
        pytest.param(NOTE.replace(b"\n0\n", b"\n9223372036854775808\n"), id="a size of 2^63"),
        pytest.param(NOTE.replace(ROOT_LINE, base64.b64encode(bytes(31))), id="a root of 31 bytes"),
        pytest.param(NOTE.replace(ROOT_LINE, ROOT_LINE[:-2] + b"t="), id="a root whose base64 has spare bits set"),
        pytest.param(NOTE.replace(ROOT_LINE, b"*" + ROOT_LINE[1:]), id="a root that is no base64"),
        pytest.param(NOTE.replace(b"\n\n", b"\nextension\n\n"), id="an extension line"),
        pytest.param(NOTE.replace("— ".encode(), b"- "), id="a hyphen for the dash"),
        pytest.param(NOTE.replace(ORIGIN.encode() + b"\n", b"two words\n"), id="an origin with a space"),
        pytest.param(TEXT + "\n\n— name AAAA\n".encode(), id="a signature line without a signature"),
        pytest.param(TEXT + b"\n\n" + SIGNATURES * 67, id="more signature lines than members"),
        pytest.param(b"\xff" + NOTE, id="bytes that are no UTF-8"),
        pytest.param(NOTE + b"x" * MAX_NOTE_BYTES, id="more than 16 KiB"),
    ],
)
def test_what_is_not_exactly_a_note_is_refused(note: bytes) -> None:
    with pytest.raises(EvidenceError):
        parse_note(note)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200) | st.text(alphabet="—ab=/+ \n0123", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        note = parse_note(data)
    except EvidenceError:
        return

    assert data.startswith(note.text + b"\n")


@pytest.mark.parametrize(
    "checkpoint",
    [
        pytest.param(Checkpoint(origin="", size=0, root=EMPTY_ROOT), id="no origin"),
        pytest.param(Checkpoint(origin="a+b", size=0, root=EMPTY_ROOT), id="an origin with a plus"),
        pytest.param(Checkpoint(origin="a", size=-1, root=EMPTY_ROOT), id="a negative size"),
        pytest.param(Checkpoint(origin="a", size=0, root=b""), id="no root"),
    ],
)
def test_a_checkpoint_that_cannot_be_written_is_not_signed(checkpoint: Checkpoint) -> None:
    with pytest.raises(EvidenceError):
        sign_note(checkpoint, KEY.public, KEY.sign)
