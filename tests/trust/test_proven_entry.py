"""trust.proven_entry over the published vector of a proof by the log: whose entry it is, and that nothing may be changed."""

import json
from dataclasses import replace

import pytest

from tests.trust.test_log_proof import KEY, PROOF, SENDER
from trust import gm
from trust.checkpoint import Checkpoint, evidence_log, sign_note
from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH, LogProof
from trust.errors import EvidenceError
from trust.merkle import leaf_hash
from trust.proven_entry import proven

OTHER = gm.PrivateKey.generate()


def alone(entry: bytes, province: str = SENDER) -> LogProof:
    """The proof of the only entry of a log that `OTHER` signs."""
    head = Checkpoint(origin=evidence_log(province), size=1, root=leaf_hash(entry))
    return LogProof(entry=entry, index=0, path=(), checkpoint=sign_note(head, OTHER.public, OTHER.sign))


@pytest.mark.parametrize(
    "keys", [pytest.param((KEY,), id="the key in use"), pytest.param((OTHER.public, KEY), id="one of several keys")]
)
def test_an_entry_is_read_under_a_key_of_its_province(keys: tuple[gm.PublicKey, ...]) -> None:
    assert proven(PROOF, province=SENDER, keys=keys) == json.loads(PROOF.entry)


@pytest.mark.parametrize(
    ("proof", "keys"),
    [
        pytest.param(PROOF, (), id="no key"),
        pytest.param(PROOF, (OTHER.public,), id="another key"),
        pytest.param(replace(PROOF, entry=PROOF.entry + b" "), (KEY,), id="another entry"),
        pytest.param(replace(PROOF, index=PROOF.index + 1), (KEY,), id="another place"),
        pytest.param(replace(PROOF, path=PROOF.path[1:]), (KEY,), id="a hash left out"),
        pytest.param(replace(PROOF, path=(bytes(32),) * (MAX_PATH + 1)), (KEY,), id="a path that is too long"),
        pytest.param(replace(PROOF, entry=bytes(MAX_ENTRY_BYTES + 1)), (KEY,), id="an entry that is too long"),
        pytest.param(replace(PROOF, checkpoint=b""), (KEY,), id="no checkpoint"),
        pytest.param(alone(b"no JSON"), (OTHER.public,), id="an entry that is no JSON"),
        pytest.param(alone(b"[]"), (OTHER.public,), id="an entry that is no object"),
        pytest.param(alone(b'{"node":"999999"}'), (OTHER.public,), id="an entry of another node"),
    ],
)
def test_what_is_not_proven_is_not_read(proof: LogProof, keys: tuple[gm.PublicKey, ...]) -> None:
    with pytest.raises(EvidenceError):
        proven(proof, province=SENDER, keys=keys)


def test_the_log_of_another_province_proves_nothing() -> None:
    entry = f'{{"node":"{SENDER}"}}'.encode()
    assert proven(alone(entry), province=SENDER, keys=(OTHER.public,)) == {"node": SENDER}
    with pytest.raises(EvidenceError):
        proven(alone(entry, "999999"), province=SENDER, keys=(OTHER.public,))
