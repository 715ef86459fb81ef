"""Faults that show when a unit retrieves. Rows of the table in test_faults."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from errno import ENOSPC
from typing import Any, BinaryIO

from federation.methods import DATA, FILE
from federation.model.application import Output
from federation.model.evidence import EventType
from federation.model.fault import Hop
from federation.model.refusal import Owner, Reason
from federation.model.retrieval import Chunk, DataAnswer
from federation.ports import Incoming
from federation.stream import ChunkOpener
from node.library.files import FileStore, StoredFile
from node.library.identifier import make
from node.library.invented import MINING_TYPE
from node.library.record import CertificateRecord, Status
from node.library.spool import Part, Spool
from node.ports.retrieving import RetrieveForm
from node.ports.store import Nouns
from node.ports.timeline import State
from node.usecases.exchange import Decision
from tests.faults.applying import against, at_the_counter, clock_of
from tests.faults.case import Inject, case, done, refused, wrap
from tests.node.usecases.mesh import CALLER, JIANGSU, ORG, SHANGHAI, ZHEJIANG, Mesh, record, sm3
from tests.node.usecases.papers import sealed_file, uncopyable_file, unsigned_file
from trust.orders import Action, Kind

CERTIFICATE = record(ZHEJIANG)
BYTES = sealed_file(CERTIFICATE.identifier, size=(3 << 20) + 100)  # four batches
Prepare = Callable[[Mesh], Awaitable[Any] | None]


def nothing(_mesh: Mesh) -> None:
    """All is as it should be."""


def retrieved(
    prepare: Prepare = nothing,
    *,
    data: bool = False,
    content: bytes = BYTES,
    status: Status = Status.VALID,
    **changes: Any,
) -> Inject:
    """The original (or the data) of a certificate in Zhejiang, after something was done behind the search's back."""

    async def inject(mesh: Mesh) -> str:
        await mesh.zhejiang.keep(replace(CERTIFICATE, status=status), file=content)
        form = await mesh.wish(CERTIFICATE, key="k", original=True)
        await done(prepare(mesh))
        wanted = replace(form, **({"province": ZHEJIANG} | changes))
        call = mesh.jiangsu.retrieval.data if data else mesh.jiangsu.retrieval.file
        return await refused(call(CALLER, wanted))

    return inject


def there(name: str, inject: Inject, reason: Reason, owner: Owner, province: str, hop: Hop, **more: Any) -> Any:
    """Zhejiang refuses, and both nodes know; nothing came of it."""
    ours = Hop.PEER if hop is Hop.LOCAL else hop
    known = {"at": ZHEJIANG, "theirs": hop, "state": State.FAILED} | more
    return case(name, inject, reason, owner, province, ours, **known)


def here(name: str, inject: Inject, reason: Reason, owner: Owner, province: str, hop: Hop, **more: Any) -> Any:
    """Only Jiangsu sees it."""
    return case(name, inject, reason, owner, province, hop, **({"state": State.FAILED} | more))


async def twice(mesh: Mesh) -> str:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    form = await mesh.wish(CERTIFICATE)
    await mesh.jiangsu.retrieval.data(CALLER, form)
    return await refused(mesh.jiangsu.retrieval.data(CALLER, form))


async def beyond(mesh: Mesh) -> str:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    apply_id, _ = await mesh.found(outputs=(Output.DATA,))
    form = RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier, original=True)
    return await refused(mesh.jiangsu.retrieval.file(CALLER, form))


def spoiled_on_disk(mesh: Mesh) -> None:
    stored = mesh.zhejiang.files.get(sm3(BYTES), len(BYTES))
    stored.path.chmod(0o600)
    stored.path.write_bytes(bytes(len(BYTES)))


def lying(mesh: Mesh) -> None:
    """Zhejiang's data are not what its mask says."""

    async def wrong(_handler: Any, incoming: Incoming[Any]) -> Any:
        def decide(_nouns: Nouns) -> Decision[DataAnswer]:
            return Decision(answer=DataAnswer(data=b"[]"), event=EventType.RETRIEVE)

        return await mesh.zhejiang.exchange.answer(incoming, DATA.path, decide)

    wrap(mesh, DATA.path, wrong)


def cut_there(mesh: Mesh) -> None:
    """A stop order reaches Zhejiang, and not Jiangsu, while the file streams."""

    async def stop() -> None:
        signed = await mesh.jiangsu.orders.give(Kind.UNIT, ORG, Action.STOP, "r")
        await mesh.zhejiang.orders.take(signed.to_json(), JIANGSU)
        mesh.jiangsu.stops.replace({})

    async def tapped(handler: Any, incoming: Incoming[Any]) -> Any:
        answered, batches = await handler(incoming)

        async def some() -> Any:
            async for batch in batches:
                yield batch
                await stop()

        return answered, some()

    wrap(mesh, FILE.path, tapped)


def short(mesh: Mesh) -> None:
    """Zhejiang's stream ends early, without an error."""

    async def cut(handler: Any, incoming: Incoming[Any]) -> Any:
        answered, batches = await handler(incoming)

        async def first() -> Any:
            async for batch in batches:
                yield batch
                await batches.aclose()
                return

        return answered, first()

    wrap(mesh, FILE.path, cut)


async def expired(mesh: Mesh) -> None:
    past: CertificateRecord = replace(CERTIFICATE, valid_until=(mesh.clock.now - timedelta(days=3)).date())
    await mesh.zhejiang.keep(past, file=BYTES)


def state_of(status: Status) -> Any:
    return there(
        f"a certificate that is {status.value}",
        retrieved(status=status),
        Reason.NOT_DELIVERABLE,
        Owner.ISSUER,
        ZHEJIANG,
        Hop.LIBRARY,
    )


async def swept(mesh: Mesh) -> str:
    """The usage copy is gone from Zhejiang's disk when the request is repeated."""
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    form = await mesh.wish(CERTIFICATE, key="k")
    first = await mesh.jiangsu.retrieval.file(CALLER, form)
    mesh.jiangsu.retrieval.release(first)
    mesh.zhejiang.copies.remove(first.sm3)
    return await refused(mesh.jiangsu.retrieval.file(CALLER, form))


class FullPart(Part):
    """A file on a disk that has no room for it."""

    def append(self, opener: ChunkOpener, chunks: Sequence[Chunk], most: int) -> None:
        """There is no room."""
        raise OSError(ENOSPC, "No space left on device")


class FullSpool(Spool):
    """The folder of files on their way in, on a full disk."""

    def part(self, exchange_id: str) -> Part:
        """A file that nothing can be written to: neither as it comes in, nor as a picture."""
        return FullPart(self._root / "no folder" / super().part(exchange_id).path.name)


class FullCopies(FileStore):
    """A folder of copies on a full disk."""

    def put(self, source: bytes | BinaryIO) -> StoredFile:
        """There is no room."""
        raise OSError(ENOSPC, "No space left on device")


def full_here(mesh: Mesh) -> None:
    """Jiangsu's disk has no room for what comes."""
    mesh.jiangsu.retrieval._spool = FullSpool(mesh.jiangsu.spool._root)


def full_for_pictures(mesh: Mesh) -> None:
    """Jiangsu's disk has room for the copy, and none for the picture."""
    retrieval = mesh.jiangsu.retrieval
    retrieval._previews = replace(retrieval._previews, spool=FullSpool(mesh.jiangsu.spool._root))


def full_there(mesh: Mesh) -> None:
    """Zhejiang's disk has no room for a copy."""
    mesh.zhejiang.handout._copies = FullCopies(mesh.zhejiang.copies._root)


CASES: list[Any] = [
    *(state_of(one) for one in Status if one is not Status.VALID),
    there(
        "a certificate whose last day is over",
        retrieved(expired),
        Reason.NOT_DELIVERABLE,
        Owner.ISSUER,
        ZHEJIANG,
        Hop.LIBRARY,
    ),
    at_the_counter("a wish under no application", retrieved(apply_id="none"), Reason.USE_CODE_SPENT),
    at_the_counter("a certificate that no search found", retrieved(identifier="1.2.3", province=""), Reason.NO_RECORD),
    at_the_counter("a province without a verdict", retrieved(province=SHANGHAI), Reason.USE_CODE_SPENT),
    there(
        "a certificate that is not there",
        retrieved(identifier=make(MINING_TYPE, CERTIFICATE.issuer_code, "999", 1), data=True),
        Reason.NO_RECORD,
        Owner.ISSUER,
        ZHEJIANG,
        Hop.LIBRARY,
    ),
    there(
        "a certificate without a file", retrieved(content=b""), Reason.NO_RECORD, Owner.ISSUER, ZHEJIANG, Hop.LIBRARY
    ),
    there(
        "a file that cannot be copied",
        retrieved(content=uncopyable_file(CERTIFICATE.identifier), original=False),
        Reason.COPY_FAILED,
        Owner.ISSUER,
        ZHEJIANG,
        Hop.LIBRARY,
    ),
    there(
        "a file without a seal",
        retrieved(content=unsigned_file(CERTIFICATE.identifier)),
        Reason.NOT_DELIVERABLE,
        Owner.ISSUER,
        ZHEJIANG,
        Hop.LIBRARY,
    ),
    there("a use that was made before", twice, Reason.USE_CODE_SPENT, Owner.CALLER, JIANGSU, Hop.LOCAL),
    there("a copy that is kept no longer", swept, Reason.USE_CODE_SPENT, Owner.CALLER, JIANGSU, Hop.LOCAL),
    there("an output beyond the application", beyond, Reason.OUTPUT_NOT_ALLOWED, Owner.CALLER, JIANGSU, Hop.LOCAL),
    there("a unit stopped in mid-stream", retrieved(cut_there), Reason.UNIT_STOPPED, Owner.CALLER, JIANGSU, Hop.LOCAL),
    there(
        "a revoked certificate at the last step",
        retrieved(against(ZHEJIANG, JIANGSU, "CERTIFICATE_REVOKED")),
        Reason.CERTIFICATE_REVOKED,
        Owner.NODE,
        JIANGSU,
        Hop.CRYPTO,
    ),
    there(
        "a clock that is wrong at the last step",
        retrieved(clock_of(JIANGSU, minutes=-20), data=True),
        Reason.CLOCK_SKEW,
        Owner.NODE,
        JIANGSU,
        Hop.CRYPTO,
    ),
    here(
        "a stream that breaks",
        retrieved(lambda mesh: mesh.network.break_stream(ZHEJIANG, 2)),
        Reason.PEER_UNREACHABLE,
        Owner.NETWORK,
        ZHEJIANG,
        Hop.ROUTE,
    ),
    here("a stream that ends early", retrieved(short), Reason.PEER_ERROR, Owner.PEER, ZHEJIANG, Hop.PEER, at=ZHEJIANG),
    here(
        "a chunk spoiled on the way",
        retrieved(lambda mesh: mesh.network.spoil_stream(ZHEJIANG, 1)),
        Reason.FILE_MISMATCH,
        Owner.PEER,
        ZHEJIANG,
        Hop.CRYPTO,
    ),
    here(
        "a file spoiled on the provider's disk",
        retrieved(spoiled_on_disk),
        Reason.FILE_MISMATCH,
        Owner.PEER,
        ZHEJIANG,
        Hop.CRYPTO,
    ),
    here("a full disk here", retrieved(full_here), Reason.INTERNAL, Owner.NODE, JIANGSU, Hop.ANSWER),
    case(
        "a full disk there",
        retrieved(full_there, original=False),
        Reason.INTERNAL,
        Owner.PEER,
        ZHEJIANG,
        Hop.PEER,
        at=ZHEJIANG,
        theirs=Hop.ANSWER,
        state=State.FAILED,
    ),
    here(
        "a full disk when the picture is drawn",
        retrieved(full_for_pictures, original=False, file_format="svg"),
        Reason.INTERNAL,
        Owner.NODE,
        JIANGSU,
        Hop.ANSWER,
        state=State.PARTIAL,
    ),
    here(
        "a head changed on the way",
        retrieved(lambda mesh: mesh.network.tamper(ZHEJIANG)),
        Reason.SIGNATURE_INVALID,
        Owner.PEER,
        ZHEJIANG,
        Hop.CRYPTO,
    ),
    here(
        "data that are not what they should be",
        retrieved(lying, data=True),
        Reason.FILE_MISMATCH,
        Owner.PEER,
        ZHEJIANG,
        Hop.CRYPTO,
    ),
    here(
        "a provider that went down",
        retrieved(lambda mesh: mesh.network.down(ZHEJIANG), data=True),
        Reason.PEER_UNREACHABLE,
        Owner.NETWORK,
        ZHEJIANG,
        Hop.ROUTE,
    ),
    here(
        "a provider that fell silent",
        retrieved(lambda mesh: mesh.network.silent(ZHEJIANG), data=True),
        Reason.PEER_TIMEOUT,
        Owner.PEER,
        ZHEJIANG,
        Hop.PEER,
        at=ZHEJIANG,
    ),
]
