"""federation.codec.publication: what is beyond the bounds of heads, chains, pages and entries is refused before anything is read of it."""

from typing import Any

import pytest
from certmesh.v1 import publication_pb2 as pb

from federation import codec
from federation.errors import CodecError
from federation.model.publication import (
    MAX_CHAIN,
    MAX_ENTRY_BYTES,
    MAX_HEAD_BYTES,
    MAX_ID,
    MAX_PAGE_BYTES,
    MAX_PAGE_ENTRIES,
)

SM3 = b"0123456789abcdef" * 2
HUGE = 2**53


def head(**changes: Any) -> pb.SignedHead:
    return pb.SignedHead(**{"payload": b"{}", "key_id": SM3, "signature": SM3 * 2, **changes})


def announced(**delta: Any) -> pb.AnnounceRequest:
    return pb.AnnounceRequest(head=head(), delta=pb.PublicationDelta(**delta))


WHOLE = [bytes(MAX_ENTRY_BYTES)] * (MAX_PAGE_BYTES // MAX_ENTRY_BYTES)
KEY = pb.EntryKey(id="L1", version=1)


@pytest.mark.parametrize(
    "delta",
    [
        pytest.param({"puts": [b"{}"] * MAX_PAGE_ENTRIES}, id="500 entries"),
        pytest.param({"puts": WHOLE}, id="1 MiB of entries"),
        pytest.param({"chain": [bytes(MAX_HEAD_BYTES)] * MAX_CHAIN}, id="a chain of 2,000 heads of 1 KiB"),
        pytest.param({"drops": [pb.EntryKey(id="证" * MAX_ID)]}, id="an id of 128 characters"),
    ],
)
def test_a_delta_within_its_bounds_is_read(delta: dict[str, Any]) -> None:
    read = codec.decode("AnnounceRequest", announced(**delta).SerializeToString())

    assert len(read.delta.puts) == len(delta.get("puts", []))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        pytest.param("AnnounceRequest", pb.AnnounceRequest(), id="no head"),
        pytest.param(
            "AnnounceRequest", pb.AnnounceRequest(head=head(payload=bytes(MAX_HEAD_BYTES + 1))), id="a head over 1 KiB"
        ),
        pytest.param("AnnounceRequest", pb.AnnounceRequest(head=head(key_id=bytes(20))), id="a key id of 20 bytes"),
        pytest.param("AnnounceRequest", pb.AnnounceRequest(head=head(signature=SM3)), id="half a signature"),
        pytest.param("AnnounceRequest", announced(after=HUGE), id="a version beyond 2^53"),
        pytest.param("AnnounceRequest", announced(chain=[b"{}"] * (MAX_CHAIN + 1)), id="a chain of 2,001 heads"),
        pytest.param("AnnounceRequest", announced(chain=[bytes(MAX_HEAD_BYTES + 1)]), id="a link over 1 KiB"),
        pytest.param("AnnounceRequest", announced(puts=[b"{}"] * (MAX_PAGE_ENTRIES + 1)), id="501 entries"),
        pytest.param("AnnounceRequest", announced(puts=[b"{}"] * MAX_PAGE_ENTRIES, drops=[KEY]), id="500 and one gone"),
        pytest.param("AnnounceRequest", announced(puts=[*WHOLE, b"x"]), id="a byte over 1 MiB of entries"),
        pytest.param("AnnounceRequest", announced(puts=[bytes(MAX_ENTRY_BYTES + 1)]), id="an entry over 64 KiB"),
        pytest.param("AnnounceRequest", announced(puts=[b""]), id="an entry that is empty"),
        pytest.param(
            "AnnounceRequest", announced(drops=[pb.EntryKey(id="x" * (MAX_ID + 1))]), id="an id of 129 characters"
        ),
        pytest.param("AnnounceRequest", announced(drops=[pb.EntryKey(version=1)]), id="no id"),
        pytest.param(
            "AnnounceAnswer",
            pb.AnnounceAnswer(held=pb.PublicationMark(version=1, digest=bytes(20))),
            id="a digest of 20 bytes",
        ),
        pytest.param("PullRequest", pb.PullRequest(until=HUGE), id="until a version beyond 2^53"),
        pytest.param(
            "PullRequest", pb.PullRequest(after=pb.EntryKey(id="x" * (MAX_ID + 1))), id="after an id of 129 characters"
        ),
        pytest.param("PullAnswer", pb.PullAnswer(head=head(payload=b"")), id="an empty head"),
        pytest.param(
            "PullAnswer",
            pb.PullAnswer(delta=pb.PublicationDelta(puts=[b"{}"] * (MAX_PAGE_ENTRIES + 1))),
            id="a page of 501 entries",
        ),
    ],
)
def test_a_message_beyond_its_bounds_is_refused(kind: str, message: Any) -> None:
    with pytest.raises(CodecError, match=f"not a {kind}"):
        codec.decode(kind, message.SerializeToString())
