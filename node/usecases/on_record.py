"""Refusals are on record (DESIGN §2.1), also where nothing was asked of anybody. What the caller wrote is not: it may be anything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from federation.model.evidence import EventType
from node.errors import RefusedError, refused
from node.ports.store import Store
from node.usecases.record import Recorder, refusal_member


@asynccontextmanager
async def on_record(
    store: Store, recorder: Recorder, event: EventType, exchange_id: str, **members: str
) -> AsyncIterator[None]:
    """Put a refusal on record, unless it says where it stands already.

    Raises:
        RefusedError: what was refused, with the exchange that it stands in now.
    """
    try:
        yield
    except RefusedError as error:
        if error.exchange_id:
            raise
        refusal = error.refusal
        entry = recorder.entry(event, "refused", exchange_id, **members, refusal=refusal_member(refusal))
        await store.transact(lambda nouns: nouns.evidence.append(entry))
        raise refused(refusal, exchange_id) from error
