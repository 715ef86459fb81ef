"""federation.codec.evidence: no more tiles are asked for or taken than one message may hold."""

import pytest
from certmesh.v1 import evidence_pb2 as pb

from federation import codec
from federation.errors import CodecError
from federation.model.evidence import MAX_TILES
from trust.tiles import MAX_TILE_BYTES


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        pytest.param("TileRequest", pb.TileRequest(), id="no path"),
        pytest.param("TileRequest", pb.TileRequest(paths=["tile/0/000"] * (MAX_TILES + 1)), id="too many paths"),
        pytest.param("TileAnswer", pb.TileAnswer(tiles=[b""] * (MAX_TILES + 1)), id="too many tiles"),
        pytest.param("TileAnswer", pb.TileAnswer(tiles=[bytes(MAX_TILE_BYTES + 1)]), id="a tile that is too long"),
    ],
)
def test_what_is_beyond_the_bounds_is_refused(kind: str, message: pb.TileRequest | pb.TileAnswer) -> None:
    with pytest.raises(CodecError):
        codec.decode(kind, message.SerializeToString())


def test_full_tiles_fit() -> None:
    message = pb.TileAnswer(tiles=[bytes(MAX_TILE_BYTES)] * MAX_TILES)

    assert codec.decode("TileAnswer", message.SerializeToString()).tiles == (bytes(MAX_TILE_BYTES),) * MAX_TILES
