"""trust.envelope by the log: the published vector, and that nothing may be changed, moved or passed off as another."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.vectors import make_log_proof
from trust import canonical, gm
from trust.checkpoint import Checkpoint, evidence_log, sign_note, verify_note
from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH, Envelope, LogProof, verify_by_log
from trust.errors import EnvelopeError, EvidenceError
from trust.merkle import Frontier, Paths, inclusion_proof, leaf_hash

VECTOR: Mapping[str, Any] = json.loads(make_log_proof.FILE.read_text(encoding="utf-8"))
KEY = gm.PublicKey.from_point(bytes.fromhex(VECTOR["public_key"]))
PROOF = LogProof(
    entry=VECTOR["proof"]["entry"].encode(),
    index=VECTOR["proof"]["index"],
    path=tuple(bytes.fromhex(step) for step in VECTOR["proof"]["path"]),
    checkpoint=VECTOR["proof"]["checkpoint"].encode(),
)
TYPE, KIND, SENDER = VECTOR["payload_type"], VECTOR["kind"], VECTOR["sender"]
ENVELOPE = Envelope(payload_type=TYPE, payload=bytes.fromhex(VECTOR["payload"]), proof=PROOF)


def believe(
    proof: LogProof = PROOF,
    *,
    envelope: Envelope = ENVELOPE,
    kind: str = KIND,
    sender: str = SENDER,
    key: gm.PublicKey = KEY,
) -> None:
    """All that a receiver checks of a proof: the note, then the entry under it."""
    head = verify_note(proof.checkpoint, evidence_log(sender), key)
    verify_by_log(envelope, proof, payload_type=TYPE, kind=kind, sender=sender, size=head.size, root=head.root)


def test_the_vector_is_what_its_script_makes() -> None:
    assert make_log_proof.FILE.read_text(encoding="utf-8") == make_log_proof.made()


def test_the_vector_verifies() -> None:
    believe()


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_no_byte_of_any_part_can_be_changed(data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(["entry", "path", "checkpoint", "payload"]))
    step = data.draw(st.integers(0, len(PROOF.path) - 1)) if part == "path" else 0
    original: bytes = {
        "entry": PROOF.entry, "path": PROOF.path[step], "checkpoint": PROOF.checkpoint, "payload": ENVELOPE.payload
    }[part]  # fmt: skip
    place = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[place] ^= data.draw(st.integers(1, 255))
    proof, envelope = PROOF, ENVELOPE
    if part == "payload":
        envelope = replace(ENVELOPE, payload=bytes(changed))
    elif part == "path":
        proof = replace(PROOF, path=(*PROOF.path[:step], bytes(changed), *PROOF.path[step + 1 :]))
    elif part == "entry":
        proof = replace(PROOF, entry=bytes(changed))
    else:
        proof = replace(PROOF, checkpoint=bytes(changed))

    with pytest.raises((EnvelopeError, EvidenceError)):
        believe(proof, envelope=envelope)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**62))
def test_the_entry_stands_nowhere_else(index: int) -> None:
    if index != PROOF.index:
        with pytest.raises(EnvelopeError, match="not in the sender's log"):
            believe(replace(PROOF, index=index))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(PROOF.path[:-1], id="a step is missing"),
        pytest.param((*PROOF.path, bytes(32)), id="a step too many"),
        pytest.param((), id="no path"),
        pytest.param(tuple(reversed(PROOF.path)), id="the other way round"),
        pytest.param((PROOF.path[0][:-1], *PROOF.path[1:]), id="a step of 31 bytes"),
        pytest.param((bytes(32),) * (MAX_PATH + 1), id="longer than any log"),
    ],
)
def test_a_path_of_another_size_is_refused(path: tuple[bytes, ...]) -> None:
    with pytest.raises(EnvelopeError):
        believe(replace(PROOF, path=path))


class Log:
    """A small log with a key of its own, to prove whatever entry it is given."""

    def __init__(self, *entries: bytes, province: str = SENDER) -> None:
        self.key, self.province, self.entries = gm.PrivateKey.generate(), province, entries
        frontier = Frontier()
        self.finished = [frontier.append(leaf_hash(entry)) for entry in entries]
        checkpoint = Checkpoint(origin=evidence_log(province), size=frontier.size, root=frontier.root())
        self.note = sign_note(checkpoint, self.key.public, self.key.sign)

    def node(self, level: int, index: int) -> bytes:
        return self.finished[((index + 1) << level) - 1][level]

    def proof(self, index: int) -> LogProof:
        path = inclusion_proof(index, len(self.entries), self.node)
        return LogProof(entry=self.entries[index], index=index, path=tuple(path), checkpoint=self.note)


def entry(**members: Any) -> bytes:
    said = {"node": SENDER, "sent": {KIND: "request"}, "request": gm.sm3(ENVELOPE.payload).hex()}
    return canonical.dumps({**said, **members})


def proven(*entries: bytes, index: int = 0, **how: Any) -> None:
    log = Log(*entries)
    believe(log.proof(index), key=log.key.public, **how)


def test_an_entry_that_names_the_payload_as_sent_is_believed() -> None:
    proven(entry())
    proven(b"{}", entry(), b"{}", index=1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(entry(node="320000"), "another node", id="an entry of another node"),
        pytest.param(entry(request="00" * 32), "another message", id="the entry of another message"),
        pytest.param(entry(sent={"SearchAnswer": "request"}), "SearchRequest was sent", id="sent as another kind"),
        pytest.param(entry(sent={}), "SearchRequest was sent", id="nothing was sent"),
        pytest.param(entry(sent=[KIND]), "SearchRequest was sent", id="a list"),
        pytest.param(entry(sent={KIND: "other"}), "SearchRequest was sent", id="no such member"),
        pytest.param(entry(sent={KIND: ["request"]}), "SearchRequest was sent", id="a member that is no name"),
        pytest.param(
            canonical.dumps({"node": SENDER, "request": gm.sm3(ENVELOPE.payload).hex(), "step": "refused"}),
            "SearchRequest was sent",
            id="a digest that was received and refused",
        ),
        pytest.param(canonical.dumps([SENDER]), "another node", id="no object"),
        pytest.param(entry().replace(b":", b": "), "canonical", id="not canonical"),
        pytest.param(b"{" * 5000, "canonical", id="not JSON"),
    ],
)
def test_an_entry_that_proves_nothing_of_this_message(data: bytes, words: str) -> None:
    with pytest.raises(EnvelopeError, match=words) as caught:
        proven(data)

    assert caught.value.reason == "SIGNATURE_INVALID"


def test_a_proof_is_of_one_payload_type() -> None:
    with pytest.raises(EnvelopeError, match="expected"):
        believe(envelope=replace(ENVELOPE, payload_type=TYPE.replace("Search", "Data")))
    with pytest.raises(EnvelopeError, match="DataRequest was sent"):
        believe(kind="DataRequest")


def test_a_checkpoint_of_another_log_or_key_is_refused() -> None:
    log = Log(entry(), province="320000")
    with pytest.raises(EvidenceError, match="not of the log"):
        believe(log.proof(0), key=log.key.public)
    with pytest.raises(EvidenceError, match="not signed with the known key"):
        believe(Log(entry()).proof(0))


def test_an_entry_has_a_bounded_size() -> None:
    proven(entry(filler="x" * (MAX_ENTRY_BYTES - 500)))
    with pytest.raises(EnvelopeError, match="longer"):
        proven(entry(filler="x" * MAX_ENTRY_BYTES))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 300), st.data())
def test_paths_are_the_inclusion_proofs(size: int, data: st.DataObject) -> None:
    log = Log(*(str(number).encode() for number in range(size)))
    index = data.draw(st.integers(0, size - 1))
    paths = Paths(size, log.node)

    assert paths.inclusion(index) == inclusion_proof(index, size, log.node)
    assert paths.root() == verify_note(log.note, evidence_log(SENDER), log.key.public).root
    for outside in (-1, size):
        with pytest.raises(EvidenceError):
            paths.inclusion(outside)
