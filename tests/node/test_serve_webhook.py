"""A whole node that passes a notice on: configured webhook, signed request over a real port, the example receiver, and the record of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.test_utils import TestServer

from federation.model.event import Event
from node.config import WebhookSection
from node.daemon import Base
from node.ports.notices import Letter
from node.storage.sqlite import open_sqlite_read_only
from scripts.webhook_receiver import Receiver
from tests.node.test_serve import PROVINCE, base, home, loaded, running, silent, status, until

__all__ = ["base", "home", "loaded", "silent"]
EVENT = Event(
    id="n1",
    province=PROVINCE,
    type="cn.certmesh.example.v1",
    time=datetime.now(UTC).isoformat(),
    subject="",
    data={"addressee": "HOLDER"},
)


@dataclass(slots=True)
class Gateway:
    """The channel to holders: the example receiver behind a port."""

    receiver: Receiver | None = None
    server: TestServer = field(init=False)
    taken: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        app = web.Application()
        app.add_routes([web.post("/notices", self._take)])
        self.server = TestServer(app)

    async def _take(self, request: web.Request) -> web.Response:
        assert self.receiver is not None
        status = self.receiver.take("POST", request.path, request.headers, await request.read())
        self.taken.set()
        return web.Response(status=status)


@asynccontextmanager
async def gateway(base: Base) -> AsyncIterator[tuple[Gateway, Base]]:
    """A gateway, and the node that is configured to call it."""
    there = Gateway()
    await there.server.start_server()
    url = str(there.server.make_url("/notices"))
    point = base.identity.signing_certificate.public_key.point
    there.receiver = Receiver(point, url.removeprefix("http://").removesuffix("/notices"))
    hook = WebhookSection(name="app", kind="holder-channel", url=url)
    yield there, replace(base, config=base.config.model_copy(update={"webhooks": (hook,)}))
    await there.server.close()


async def queued(base: Base) -> None:
    """Queue an event for the webhook before the node runs."""
    store = await base.open_store()
    letter = Letter(target="webhook/app", notice_id="n1", event=EVENT.to_json(), queued_at=datetime.now(UTC))
    await store.transact(lambda nouns: nouns.notices.enqueue(letter))
    await store.close()


async def test_a_node_passes_on_what_waits_for_a_webhook_signed_with_its_key(base: Base) -> None:
    async with gateway(base) as (there, configured):
        await queued(configured)
        async with running(configured):
            async with asyncio.timeout(30):
                await there.taken.wait()
            await until(lambda: _delivered(configured))
            told = await status(configured)

    assert there.receiver is not None
    assert there.receiver.taken["n1"]["kind"] == "holder-channel"
    assert told["notices"]["webhooks"] == {"app": ""}
    reader = open_sqlite_read_only(configured.database)
    steps = [one.entry for one in reader.read.evidence.entries(0, 10_000) if b'"webhook":"app"' in one.entry]
    reader.close()
    assert [b'"step":"passing"' in steps[0], b'"step":"passed"' in steps[1]] == [True, True]


async def _delivered(base: Base) -> bool:
    delivered: bool = (await status(base))["notices"]["delivered"] == 1
    return delivered
