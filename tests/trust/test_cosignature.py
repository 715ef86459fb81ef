"""trust.cosignature: further lines on a checkpoint's note, whose they are and when they were made."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust.checkpoint import Checkpoint, evidence_log, sign_note, verify_note
from trust.cosignature import MAX_SECONDS, Cosignature, cosign, cosignatures, cosigned, owner, witness, witnesses
from trust.errors import EvidenceError
from trust.gm import PrivateKey
from trust.merkle import EMPTY_ROOT

LOG, WITNESS, OTHER = (PrivateKey.generate() for _ in range(3))
CHECKPOINT = Checkpoint(origin=evidence_log("310000"), size=0, root=EMPTY_ROOT)
TEXT = CHECKPOINT.text()
NOTE = sign_note(CHECKPOINT, LOG.public, LOG.sign)
KEYS = {"310000": [LOG.public], "320000": [WITNESS.public], "330000": [OTHER.public]}


def by(province: str, key: PrivateKey, seconds: int = 1_700_000_000, text: bytes = TEXT) -> Cosignature:
    return cosign(text, province=province, public_key=key.public, sign=key.sign, seconds=seconds)


def test_a_cosignature_has_the_form_of_the_design() -> None:
    name, raw = by("320000", WITNESS).line.decode().removeprefix("— ").removesuffix("\n").split(" ")
    data = base64.b64decode(raw)
    kind = b"\n\xffsm2-sm3-cosignature-v1-1234567812345678"
    wanted = hashlib.new("sm3", name.encode() + kind + WITNESS.public.point).digest()[:4]

    assert name == witness("320000") == "certmesh.cn/320000/witness"
    assert (data[:4], data[4:12], len(data)) == (wanted, (1_700_000_000).to_bytes(8, "big"), 4 + 8 + 64)
    assert WITNESS.public.verify(b"cosignature/v1\ntime 1700000000\n" + TEXT, data[12:])


@settings(deadline=None, max_examples=20)
@given(st.integers(0, MAX_SECONDS - 1))
def test_what_is_cosigned_is_found_and_the_log_still_verifies(seconds: int) -> None:
    one = by("320000", WITNESS, seconds)
    whole = cosigned(NOTE, [one.line])

    assert cosignatures(whole, KEYS) == {"320000": one}
    assert verify_note(whole, evidence_log("310000"), LOG.public) == CHECKPOINT


def test_the_logs_own_province_cosigns_and_is_no_witness_of_itself() -> None:
    whole = cosigned(NOTE, [by("310000", LOG).line, by("320000", WITNESS).line, by("330000", OTHER).line])

    assert set(cosignatures(whole, KEYS)) == {"310000", "320000", "330000"}
    assert set(witnesses(whole, KEYS)) == {"320000", "330000"}


def test_lines_of_provinces_that_do_not_count_are_ignored() -> None:
    whole = cosigned(NOTE, [by("320000", WITNESS).line, by("330000", WITNESS).line])

    assert set(cosignatures(whole, KEYS)) == {"320000"}
    assert cosignatures(NOTE, KEYS) == {}


def _retimed(line: bytes) -> bytes:
    name, raw = line.decode().removesuffix("\n").rsplit(" ", 1)
    data = bytearray(base64.b64decode(raw))
    data[11] ^= 1
    return f"{name} {base64.b64encode(data).decode()}\n".encode()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(by("320000", WITNESS, text=TEXT.replace(b"\n0\n", b"\n1\n")).line, id="of another checkpoint"),
        pytest.param(_retimed(by("320000", WITNESS).line), id="another time was put in"),
        pytest.param(by("320000", WITNESS).line * 2, id="twice"),
        pytest.param(
            cosign(TEXT, province="320000", public_key=WITNESS.public, sign=lambda _: bytes(63), seconds=1).line,
            id="a signature that is too short",
        ),
        pytest.param(
            cosign(TEXT, province="320000", public_key=WITNESS.public, sign=WITNESS.sign, seconds=1).line[:-1],
            id="a line without its end",
        ),
    ],
)
def test_a_wrong_line_of_a_known_key_spoils_the_note(line: bytes) -> None:
    with pytest.raises(EvidenceError):
        cosignatures(NOTE + line, KEYS)


def test_a_signature_over_a_log_is_no_cosignature_and_the_other_way_round() -> None:
    as_log = sign_note(CHECKPOINT, WITNESS.public, WITNESS.sign).split(b"\n\n")[1]
    as_witness = as_log.replace(evidence_log("310000").encode(), witness("320000").encode())

    assert cosignatures(NOTE + as_witness, KEYS) == {}
    with pytest.raises(EvidenceError):
        verify_note(TEXT + b"\n" + by("310000", LOG).line, evidence_log("310000"), LOG.public)


@pytest.mark.parametrize("seconds", [-1, MAX_SECONDS])
def test_a_time_that_is_none_is_not_signed(seconds: int) -> None:
    with pytest.raises(EvidenceError):
        by("320000", WITNESS, seconds)


def test_only_evidence_logs_of_provinces_have_an_owner() -> None:
    assert owner(evidence_log("310000")) == "310000"
    for origin in ("certmesh.cn/31000/evidence", "example.org/log", "certmesh.cn/３10000/evidence"):
        with pytest.raises(EvidenceError):
            owner(origin)
