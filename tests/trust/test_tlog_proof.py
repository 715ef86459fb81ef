"""trust.tlog_proof: the published vectors, the round trip, and that nothing else than the one form is read."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.test_log_proof import KEY as PROVING
from tests.trust.test_log_proof import PROOF, SENDER
from tests.trust.vectors import make_log_formats
from trust.checkpoint import verify_note
from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH
from trust.errors import EvidenceError
from trust.gm import PublicKey
from trust.merkle import leaf_hash
from trust.proven_entry import proven
from trust.tlog_proof import MAX_TLOG_PROOF_BYTES, TlogProof, parse_tlog_proof

VECTORS = json.loads(make_log_formats.FILE.read_text(encoding="utf-8"))
TEXTS = VECTORS["tlog_proof"]
KEY = PublicKey.from_point(bytes.fromhex(VECTORS["log"]["public_key"]))
BARE, COSIGNED = TEXTS["bare"].encode(), TEXTS["cosigned"].encode()
STEP = BARE.split(b"\n")[2]


def test_the_vectors_are_what_their_script_makes() -> None:
    assert make_log_formats.FILE.read_text(encoding="utf-8") == make_log_formats.made()


@pytest.mark.parametrize(
    ("form", "index"),
    [
        pytest.param("bare", 150, id="with the path alone"),
        pytest.param("cosigned", 150, id="with its entry and a witness"),
        pytest.param("alone", 0, id="of the only entry, whose path is empty"),
    ],
)
def test_a_vector_is_read_verified_and_written_again(form: str, index: int) -> None:
    proof = parse_tlog_proof(TEXTS[form].encode())

    head = proof.verify(leaf_hash(str(index).encode()))

    assert head == verify_note(proof.checkpoint, VECTORS["log"]["name"], KEY)
    assert proof.text() == TEXTS[form].encode()


def test_a_proof_that_carries_its_entry_needs_nothing_else() -> None:
    proof = parse_tlog_proof(TlogProof.showing(PROOF).text())

    assert proof.log_proof() == PROOF
    assert proven(proof.log_proof(), province=SENDER, keys=(PROVING,)) == json.loads(PROOF.entry)


def test_the_entry_given_counts_before_the_one_that_is_carried() -> None:
    carried = replace(TlogProof.showing(PROOF), extra=b"something else")

    assert carried.log_proof(PROOF.entry) == PROOF
    with pytest.raises(EvidenceError):
        proven(carried.log_proof(), province=SENDER, keys=(PROVING,))


def test_without_an_entry_there_is_nothing_to_judge() -> None:
    with pytest.raises(EvidenceError, match="give the entry"):
        parse_tlog_proof(BARE).log_proof()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(BARE.replace(b"@v1", b"@v2"), id="another version"),
        pytest.param(BARE.replace(b"index 150", b"index 0150"), id="a leading zero"),
        pytest.param(BARE.replace(b"index 150", b"index -1"), id="a negative index"),
        pytest.param(BARE.replace(b"index 150", b"index %d" % 2**63), id="an index beyond 63 bits"),
        pytest.param(BARE.replace(b"index 150", "index ١٥٠".encode()), id="digits that are not ASCII"),
        pytest.param(BARE.replace(b"index 150\n", b""), id="no index"),
        pytest.param(
            b"c2sp.org/tlog-proof@v1\n\n" + BARE.partition(b"\n\n")[2], id="nothing but header and checkpoint"
        ),
        pytest.param(BARE.replace(b"\n", b"\r\n"), id="another line end"),
        pytest.param(BARE.replace(STEP, STEP[:-4]), id="a hash that is too short"),
        pytest.param(BARE.replace(STEP, b"*" + STEP[1:]), id="a hash that is no base64"),
        pytest.param(BARE.replace(STEP, STEP + b" "), id="a blank behind a hash"),
        pytest.param(BARE.replace(STEP, b"\n".join([STEP] * (MAX_PATH + 1))), id="too many hashes"),
        pytest.param(BARE.replace(b"index", b"extra \nindex"), id="extra data of no bytes"),
        pytest.param(BARE.replace(b"index", b"extra YR==\nindex"), id="extra data with spare bits set"),
        pytest.param(
            COSIGNED.replace(b"extra ", b"extra " + b"AAAA" * (MAX_ENTRY_BYTES // 3 + 1)), id="too much extra data"
        ),
        pytest.param(BARE.replace(b"index", b"extra YQ==\nextra YQ==\nindex"), id="extra data twice"),
        pytest.param(BARE.partition(b"\n\n")[0] + b"\n\n", id="no checkpoint"),
        pytest.param(BARE[:-1], id="a checkpoint cut short"),
        pytest.param(BARE + b"\n" * MAX_TLOG_PROOF_BYTES, id="too large"),
    ],
)
def test_what_is_not_in_the_form_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        parse_tlog_proof(data)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_no_byte_can_be_changed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(BARE) - 1))
    changed = BARE[:place] + bytes([BARE[place] ^ data.draw(st.integers(1, 255))]) + BARE[place + 1 :]
    with pytest.raises(EvidenceError):
        believe(changed)


def believe(data: bytes) -> None:
    """All that a stranger checks who holds the entry."""
    proof = parse_tlog_proof(data)
    proof.verify(leaf_hash(b"150"))
    verify_note(proof.checkpoint, VECTORS["log"]["name"], KEY)


@given(
    st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_PATH), st.binary(max_size=300)
)
def test_what_is_written_is_read(index: int, path: list[bytes], extra: bytes) -> None:
    proof = TlogProof(index=index, path=tuple(path), checkpoint=VECTORS["note"].encode(), extra=extra)

    assert parse_tlog_proof(proof.text()) == proof


def test_the_largest_proof_fits_its_bound() -> None:
    largest = TlogProof(
        index=2**63 - 1, path=(bytes(32),) * MAX_PATH, checkpoint=bytes(16 * 1024), extra=bytes(MAX_ENTRY_BYTES)
    )

    assert len(largest.text()) <= MAX_TLOG_PROOF_BYTES
