"""One-time addresses of retrieved files, for systems that fetch by URL. Clause 8.3, REQUIREMENTS P16.

An address is a random token: it names neither certificate nor person. It is good for the line system it was made for, until the clock says
that its time is over, and once: it is used up, durably and on record, before the first byte leaves. Its file is gone afterwards; who
needs it again retrieves it again with the same key, which is the same use, and ends the address before. What an address rests on can
still be stopped.
"""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.errors import UnknownDownloadError, refused
from node.library.shelf import Shelf
from node.ports.downloads import StoredDownload
from node.ports.retrieving import Offer, ReceivedFile
from node.ports.services import Caller
from node.ports.store import Nouns, Store
from node.usecases.record import Recorder, refusal_member
from node.vault import Vault
from trust import gm
from trust.ofd import UsageTerms

_log = structlog.get_logger(__name__)

MAX_WAITING = 500  # addresses of one line system that nobody has used yet: their files take room
MAX_WAITING_BYTES = (
    8 << 30
)  # so many bytes of it, unless it is one file; our choice: two of the largest that a peer may send
_TOKEN_BYTES = 32
_TOO_MUCH = Refusal(reason=Reason.OVERLOADED, detail="too much waits to be fetched", retry_after_s=60)
_FACTS = ("apply_id", "identifier", "province", "size", "sm3", "original_sm3", "format", "verdict", "pages")


class Downloads:
    """Gives addresses out and takes them back. Implements `services.Downloads`."""

    def __init__(
        self,
        *,
        store: Store,
        shelf: Shelf,
        vault: Vault,
        recorder: Recorder,
        clock: Callable[[], datetime],
        lifetime: timedelta,
        stopped: Callable[[str, str, str], Refusal | None],
    ) -> None:
        """Addresses hold for `lifetime`; `stopped` says why a use (apply id, province, identifier) may not go on."""
        self._store = store
        self._shelf = shelf
        self._vault = vault
        self._recorder = recorder
        self._clock = clock
        self._lifetime = lifetime
        self._stopped = stopped
        # Files that are being put on the shelf or handed on, and by how many: the sweep leaves them. Owned by the event loop.
        self._busy = Counter[str]()

    async def offer(self, caller: Caller, received: ReceivedFile) -> Offer:
        """Keep a file under an address of its own, and end those that its exchange had; `received` can be released then.

        Raises:
            RefusedError: too much waits to be fetched by this caller, or the file cannot be kept; on record.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        download = self._download(token, caller, received)
        name = download.token_digest
        self._busy[name] += 1
        try:
            outcome = await self._shelved(received, download)
        except BaseException:
            await asyncio.to_thread(self._shelf.remove, name)
            raise
        finally:
            self._let_go(name)
        doomed = [name] if isinstance(outcome, Refusal) else outcome
        for one in doomed:
            await asyncio.to_thread(self._shelf.remove, one)
        if isinstance(outcome, Refusal):
            raise refused(outcome, download.exchange_id)
        return Offer(token=token, expires_at=download.expires_at)

    async def _shelved(self, received: ReceivedFile, download: StoredDownload) -> list[str] | Refusal:
        """Put the file on the shelf and its address on record; the names of the files whose addresses it ends, or why there is none."""
        try:
            await asyncio.to_thread(self._shelf.put, received.path, download.token_digest)
        except OSError as error:
            _log.error("downloads.failed", error=error.strerror)
            refusal = Refusal(reason=Reason.INTERNAL, detail="the file cannot be kept for a download")
            return await self._store.transact(lambda nouns: self._refuse(nouns, download, refusal))
        return await self._store.transact(lambda nouns: self._keep(nouns, download))

    async def take(self, caller: Caller, token: str) -> ReceivedFile:
        """Use an address up, and return the file to hand on; call `done` when that is over.

        Raises:
            UnknownDownloadError: there is none, or it is another line system's: nobody learns which.
            RefusedError: it was used, its time is over, or what it rests on was stopped. On record in each case.
        """
        name = gm.sm3(token.encode()).hex()
        self._busy[name] += 1
        try:
            return await self._fetched(caller, name)
        except BaseException:
            self._let_go(name)
            raise

    async def _fetched(self, caller: Caller, name: str) -> ReceivedFile:
        now, kept = self._clock(), await asyncio.to_thread(self._shelf.path(name).is_file)
        outcome = await self._store.transact(lambda nouns: self._taken(nouns, caller, name, now, kept=kept))
        if outcome is None:
            raise UnknownDownloadError(Reason.DOWNLOAD_SPENT)
        if isinstance(outcome, Refusal):
            held = self._store.read.downloads.get(name)
            raise refused(outcome, "" if held is None else held.exchange_id)
        return self._received(outcome)

    async def done(self, received: ReceivedFile) -> None:
        """Forget the file of an address that was used, however much of it was fetched."""
        await asyncio.to_thread(self._shelf.remove, received.path.name)
        self._let_go(received.path.name)

    def _let_go(self, name: str) -> None:
        self._busy -= Counter((name,))

    async def sweep(self, *, expired: bool = True) -> int:
        """Forget the files that no address leads to any more; of `expired` ones only by a clock one can trust. Returns how many."""
        names = await asyncio.to_thread(self._shelf.names)
        doomed = [name for name in names if name not in self._busy and not self._leads_to(name, expired=expired)]
        for name in doomed:
            await asyncio.to_thread(self._shelf.remove, name)
        return len(doomed)

    def _leads_to(self, name: str, *, expired: bool) -> bool:
        held = self._store.read.downloads.get(name)
        return held is not None and held.taken_at is None and not (expired and held.expires_at <= self._clock())

    def _download(self, token: str, caller: Caller, received: ReceivedFile) -> StoredDownload:
        """An address that ends with the usage copy behind it, if that is earlier."""
        latest, digest = self._clock() + self._lifetime, gm.sm3(token.encode()).hex()
        facts = {name: getattr(received, name) for name in _FACTS} | {"terms": _terms_out(received.terms)}
        return StoredDownload(
            token_digest=digest,
            app_id=caller.app_id,
            exchange_id=received.exchange_id,
            sealed=self._vault.seal(json.dumps(facts).encode(), _label(digest)),
            size=received.size,
            expires_at=latest if received.terms is None else min(latest, received.terms.expires),
        )

    def _keep(self, nouns: Nouns, download: StoredDownload) -> list[str] | Refusal:
        number, size = nouns.downloads.waiting(download.app_id, self._clock(), besides=download.exchange_id)
        if number >= MAX_WAITING or (number and size + download.size > MAX_WAITING_BYTES):
            return self._refuse(nouns, download, _TOO_MUCH)
        ended = nouns.downloads.end(download.exchange_id)
        nouns.downloads.put(download)
        expires = download.expires_at.isoformat(timespec="seconds")
        members = {"app": download.app_id, "expires": expires, "ended": len(ended)}
        nouns.evidence.append(self._entry("addressed", download, **members))
        return ended

    def _refuse(self, nouns: Nouns, download: StoredDownload, refusal: Refusal) -> Refusal:
        entry = self._entry("refused", download, app=download.app_id, refusal=refusal_member(refusal))
        nouns.evidence.append(entry)
        return refusal

    def _taken(
        self, nouns: Nouns, caller: Caller, name: str, now: datetime, *, kept: bool
    ) -> StoredDownload | Refusal | None:
        """One unit: either the address is used up and that is on record, or the refusal is. None: no address of this caller's."""
        held = nouns.downloads.get(name)
        own = held if held is not None and held.app_id == caller.app_id else None
        refusal = Refusal(reason=Reason.DOWNLOAD_SPENT) if own is None else self._refusal(own, now, kept=kept)
        if own is not None and refusal is None and not nouns.downloads.take(name, caller.app_id, now):
            refusal = Refusal(reason=Reason.DOWNLOAD_SPENT, detail="used")
        step = "downloaded" if refusal is None else "refused"
        nouns.evidence.append(self._entry(step, own, app=caller.app_id, refusal=refusal_member(refusal)))
        return own and (refusal or own)

    def _refusal(self, held: StoredDownload, now: datetime, *, kept: bool) -> Refusal | None:
        """Why an address of the caller's own is good for nothing; `kept`: its file is still here."""
        if held.taken_at is not None:
            return Refusal(reason=Reason.DOWNLOAD_SPENT, detail="used")
        if held.expires_at <= now:
            return Refusal(reason=Reason.DOWNLOAD_SPENT, detail="expired")
        if not kept:
            return Refusal(reason=Reason.DOWNLOAD_SPENT, detail="its file is kept no longer")
        return self._ended(self._facts(held))

    def _ended(self, facts: dict[str, Any]) -> Refusal | None:
        return self._stopped(facts["apply_id"], facts["province"], facts["identifier"])

    def _received(self, held: StoredDownload) -> ReceivedFile:
        facts = self._facts(held)
        terms = facts.pop("terms")
        return ReceivedFile(
            exchange_id=held.exchange_id,
            path=self._shelf.path(held.token_digest),
            terms=None if terms is None else _terms_in(terms, held.exchange_id),
            stopped=lambda: self._ended(facts),
            **facts,
        )

    def _facts(self, held: StoredDownload) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self._vault.open(held.sealed, _label(held.token_digest)))
        return facts

    def _entry(self, step: str, download: StoredDownload | None, **members: object) -> dict[str, Any]:
        exchange_id = "" if download is None else download.exchange_id
        return self._recorder.entry(EventType.RETRIEVE, step, exchange_id, **members)


def _label(digest: str) -> bytes:
    return f"download\x1f{digest}".encode()


def _terms_out(terms: UsageTerms | None) -> dict[str, str] | None:
    """A copy's terms as JSON values."""
    if terms is None:
        return None
    moments = {"created": terms.created.isoformat(), "expires": terms.expires.isoformat()}
    return moments | {"creator": terms.creator, "cause": terms.cause, "using_unit": terms.using_unit}


def _terms_in(values: dict[str, str], exchange_id: str) -> UsageTerms:
    """What `_terms_out` was given."""
    moments = {name: datetime.fromisoformat(values.pop(name)) for name in ("created", "expires")}
    return UsageTerms(
        exchange_id=exchange_id,
        created=moments["created"],
        expires=moments["expires"],
        creator=values["creator"],
        cause=values["cause"],
        using_unit=values["using_unit"],
    )
