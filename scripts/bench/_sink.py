"""The baseline of a first sync: rows over a grpc.aio stream of messages into a bare SQLite table, a commit per message. A child program.

No certmesh code: raw bytes in, the same TLS, `executemany` and COMMIT with synchronous=FULL and WAL, nothing verified or parsed but
the frame that says where a row ends.
"""

import sqlite3
import struct
from typing import Any

import _tls
import grpc  # after _tls, which says how it speaks TLS
from _child import Spec, run_child, talk

SERVICE, METHOD = "bench.Sink", "Put"
LENGTH = struct.Struct(">I")


def frame(rows: list[tuple[str, bytes]]) -> bytes:
    """The message of these rows."""
    parts = []
    for key, body in rows:
        name = key.encode()
        parts += [LENGTH.pack(len(name)), name, LENGTH.pack(len(body)), body]
    return b"".join(parts)


def _rows(message: bytes) -> list[tuple[str, bytes]]:
    rows, at = [], 0
    while at < len(message):
        fields = []
        for _ in range(2):
            (length,) = LENGTH.unpack_from(message, at)
            at += LENGTH.size
            fields.append(message[at : at + length])
            at += length
        rows.append((fields[0].decode(), fields[1]))
    return rows


async def sink(spec: Spec) -> None:
    """Insert every message. Spec: as `_tls.start_server`, database."""
    db = sqlite3.connect(spec["database"], isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE entry (round INTEGER, id TEXT, body BLOB, PRIMARY KEY (round, id)) WITHOUT ROWID")
    state = {"round": 0}

    async def put(message: bytes, _context: Any) -> bytes:
        if not message:
            state["round"] += 1
            return b""
        db.execute("BEGIN")
        db.executemany("INSERT INTO entry VALUES (?, ?, ?)", [(state["round"], *one) for one in _rows(message)])
        db.execute("COMMIT")
        return b""

    server, port = await _tls.start_server(spec, SERVICE, {METHOD: grpc.unary_unary_rpc_method_handler(put)})
    await talk(port)
    await server.stop(None)
    db.close()


if __name__ == "__main__":
    run_child({"sink": sink})
