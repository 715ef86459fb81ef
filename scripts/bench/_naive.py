"""The baseline `naive`: what one would write in a week. A child program; no certmesh code.

aiohttp and JSON without TLS. Each message is signed and verified with the pure-Python gmssl (raw r and s), each record is one SQLite insert
and commit (WAL, synchronous=FULL), all on the event loop. gmssl takes its nonces from `random`, which gives the private key away
(CRYPTO §3): good enough to be measured, never to be used.
"""

import asyncio
import json
import secrets
import sqlite3
from typing import Any

import aiohttp
from _child import Spec, run_child, talk
from aiohttp import web
from gmssl import sm2

PATH = "/search"


class Signer:
    """Signs our messages and verifies those of others."""

    def __init__(self, private: str, public: str) -> None:
        self._own = _key(private, public)
        self._others: dict[str, sm2.CryptSM2] = {}

    def sign(self, message: dict[str, Any]) -> bytes:
        """The message as it travels."""
        text = json.dumps(message, ensure_ascii=False)
        while not (signature := self._own.sign_with_sm3(text.encode())):
            pass  # gmssl returns None for a nonce that does not fit
        return json.dumps({"message": text, "signature": signature}).encode()

    def verify(self, data: bytes, public: str) -> dict[str, Any]:
        """The message, if `public` signed it."""
        signed = json.loads(data)
        key = self._others.setdefault(public, _key("", public))
        if not key.verify_with_sm3(signed["signature"], signed["message"].encode()):
            raise web.HTTPForbidden
        message: dict[str, Any] = json.loads(signed["message"])
        return message


def _key(private: str, public: str) -> sm2.CryptSM2:
    key = sm2.CryptSM2(private, "00" * 64)
    key.public_key = public  # set past the constructor, which eats leading digits 0 and 4 (CRYPTO §3)
    return key


class Records:
    """A table of certificates and a table of what happened."""

    def __init__(self, path: str, items: list[dict[str, Any]]) -> None:
        self._db = sqlite3.connect(path)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("CREATE TABLE record (time TEXT, what TEXT)")
        self._db.execute("CREATE TABLE certificate (holder TEXT, item TEXT)")
        self._db.execute("CREATE INDEX by_holder ON certificate (holder)")
        self._db.executemany(
            "INSERT INTO certificate VALUES (?, ?)", [(one["holder"], json.dumps(one)) for one in items]
        )
        self._db.commit()

    def record(self, what: dict[str, Any]) -> None:
        """Keep one record, durably."""
        self._db.execute("INSERT INTO record VALUES (datetime('now'), ?)", (json.dumps(what),))
        self._db.commit()

    def of_holder(self, holder: str) -> list[dict[str, Any]]:
        """The certificates of a holder."""
        rows = self._db.execute("SELECT item FROM certificate WHERE holder = ?", (holder,))
        return [json.loads(item) for (item,) in rows]


async def _start(handle: Any) -> tuple[web.AppRunner, int]:
    app = web.Application()
    app.add_routes([web.post(PATH, handle)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, runner.addresses[0][1]


async def peer(spec: Spec) -> None:
    """Verify, look up, record, sign. Spec: private, public, aggregator (its public key), database, items."""
    signer, records = Signer(spec["private"], spec["public"]), Records(spec["database"], spec["items"])

    async def search(request: web.Request) -> web.Response:
        query = signer.verify(await request.read(), spec["aggregator"])
        items = records.of_holder(query["holder"])
        records.record({"exchange": query["exchange"], "items": len(items)})
        return web.Response(body=signer.sign({"exchange": query["exchange"], "items": items}))

    runner, port = await _start(search)
    await talk(port)
    await runner.cleanup()


async def aggregator(spec: Spec) -> None:
    """Sign, ask all, verify, record, merge. Spec: private, public, peers (port and public key each), database."""
    signer, records = Signer(spec["private"], spec["public"]), Records(spec["database"], [])
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def ask(one: Spec, exchange: str, holder: str) -> list[dict[str, Any]]:
        message = {"exchange": exchange, "to": one["port"], "nonce": secrets.token_hex(16), "holder": holder}
        async with session.post(f"http://127.0.0.1:{one['port']}{PATH}", data=signer.sign(message)) as response:
            response.raise_for_status()
            answer = signer.verify(await response.read(), one["public"])
        records.record({"exchange": exchange, "peer": one["port"], "items": len(answer["items"])})
        items: list[dict[str, Any]] = answer["items"]
        return items

    async def search(request: web.Request) -> web.Response:
        holder, exchange = (await request.json())["holder"], secrets.token_hex(16)
        records.record({"exchange": exchange, "asked": len(spec["peers"])})
        found = await asyncio.gather(*(ask(one, exchange, holder) for one in spec["peers"]))
        items = [item for one in found for item in one]
        records.record({"exchange": exchange, "found": len(items)})
        return web.json_response({"exchange": exchange, "items": items})

    runner, port = await _start(search)
    await talk(port)
    await session.close()
    await runner.cleanup()


if __name__ == "__main__":
    run_child({"peer": peer, "aggregator": aggregator})
