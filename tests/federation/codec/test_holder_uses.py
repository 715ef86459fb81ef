"""What is told of a holder's uses, beyond its bounds."""

from typing import Any

import pytest
from certmesh.v1 import envelope_pb2, evidence_pb2
from certmesh.v1 import holder_pb2 as pb

from federation import codec
from federation.errors import CodecError
from trust.envelope import MAX_ENTRY_BYTES

LONG_ENTRY = evidence_pb2.ProvenEntry(entry=bytes(MAX_ENTRY_BYTES + 1))
LONG_PATH = evidence_pb2.ProvenEntry(proof=[bytes(32)] * 64)


def use(**fields: Any) -> pb.HolderUsesAnswer:
    return pb.HolderUsesAnswer(outcome="OK", uses=[pb.HolderUse(**{"role": "HOME"} | fields)])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        pytest.param("HolderUsesRequest", pb.HolderUsesRequest(), id="no place"),
        pytest.param("HolderUsesRequest", pb.HolderUsesRequest(place="STREET"), id="an unknown place"),
        pytest.param("HolderUsesRequest", pb.HolderUsesRequest(place="HOME", exchanges=["e"] * 51), id="51 exchanges"),
        pytest.param(
            "HolderUsesRequest", pb.HolderUsesRequest(place="HOME", operator="0" * 65), id="an operator of 65"
        ),
        pytest.param("HolderUsesAnswer", pb.HolderUsesAnswer(), id="no outcome"),
        pytest.param("HolderUsesAnswer", pb.HolderUsesAnswer(outcome="OK", salt=bytes(31)), id="a salt of 31 bytes"),
        pytest.param("HolderUsesAnswer", pb.HolderUsesAnswer(outcome="OK", checkpoint=bytes(16_385)), id="a long note"),
        pytest.param(
            "HolderUsesAnswer", pb.HolderUsesAnswer(outcome="OK", uses=[pb.HolderUse(role="HOME")] * 101), id="101 uses"
        ),
        pytest.param("HolderUsesAnswer", use(role="GUEST"), id="an unknown part"),
        pytest.param("HolderUsesAnswer", use(exchange_id="e" * 65), id="an exchange id of 65 characters"),
        pytest.param("HolderUsesAnswer", use(at_ms=-1), id="a time before 1970"),
        pytest.param("HolderUsesAnswer", use(entry=LONG_ENTRY), id="an entry over 64 KiB"),
        pytest.param("HolderUsesAnswer", use(entry=LONG_PATH), id="a path of 64 hashes"),
        pytest.param("HolderUsesAnswer", use(told=[evidence_pb2.ProvenEntry()] * 5), id="five notices of a use"),
        pytest.param("HolderUsesAnswer", use(told=[LONG_ENTRY]), id="a notice's entry over 64 KiB"),
        pytest.param(
            "HolderUsesAnswer", use(counterpart=envelope_pb2.LogProof(path=[b"short"])), id="a hash of five bytes"
        ),
        pytest.param("HolderUsesAnswer", use(facts=pb.UseFacts(use_cause="x" * 2001)), id="a cause of 2001 characters"),
    ],
)
def test_a_message_beyond_its_bounds_is_refused(kind: str, message: Any) -> None:
    with pytest.raises(CodecError, match=f"not a {kind}"):
        codec.decode(kind, message.SerializeToString())
