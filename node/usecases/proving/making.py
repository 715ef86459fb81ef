"""Makes the one-file proof of a use. Clause 8.5 and 10 (C10-7); the form: `federation.proof_bundle.parts`.

Gather, put the manifest's SM3 on record, seal, and then verify the whole as a stranger would: what this node could not believe itself is
not handed out. One gap is: where fewer have witnessed a head than membership asks for (one of them is down), the node goes on, and whoever
verifies the file is told so; it does not pass. All of it has to be there within `MAX_S`, shorter than a line system waits. With contents it
holds personal data; it is made for who asks, and kept nowhere here.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from federation.model.bound import APPLICATION, DATA, VERDICT
from federation.model.evidence import EventType
from federation.model.refusal import Reason
from federation.proof_bundle import Check, verify_bundle
from federation.proof_bundle.contents import CONSENT, SALTS, part_of, salts_document
from federation.proof_bundle.files import REPORT
from federation.proof_bundle.parts import MANIFEST, SEAL, Manifest, rows_of
from node.errors import RefusedError
from node.ports.proving import Made
from node.ports.reports import ReportOf
from node.ports.services import Caller
from node.ports.store import Nouns, Store
from node.usecases.applying.seal import open_application
from node.usecases.contents import Keeper
from node.usecases.proving.entries import Entries
from node.usecases.proving.line import published_line
from node.usecases.proving.subject import Subject, subject_of
from node.usecases.record import Recorder
from node.usecases.retrieval.handout import report_label
from trust import gm
from trust.bundle import write_bundle
from trust.commitment import Opening
from trust.envelope import LogProof
from trust.errors import BundleError
from trust.tlog_proof import TlogProof, parse_tlog_proof

MAX_FILE_BYTES = 64 << 20  # of a file that is put into a bundle; a larger one stays outside, its SM3 is in the entries
MAX_S = 45.0  # for questions to the other side, and for others to cosign; REST answers within 60
_ALL = 1_000_000  # versions of the membership
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """Makes proofs for one node. Implements `ports.proving.Proofs`. `crls` gives the revocation lists held (PEM), by province."""

    province: str
    store: Store
    entries: Entries
    contents: Keeper
    recorder: Recorder
    crls: Callable[[], Mapping[str, bytes]]
    clock: Callable[[], datetime]

    async def make(
        self, exchange_id: str, *, contents: bool = True, file: bytes = b"", caller: Caller | None = None
    ) -> Made:
        """The proof of the use that an exchange was.

        Args:
            exchange_id: of a retrieval.
            contents: with what the entries bind, and the file; otherwise with digests alone.
            file: the file that was handed out, where the caller kept it: the node does not.
            caller: a line system, which gets the proof of its own uses alone.

        Raises:
            RefusedError: no such use (of the caller), too large, or not proven yet: the detail says by what.
        """
        until = asyncio.get_running_loop().time() + MAX_S
        if len(file) > MAX_FILE_BYTES:
            raise RefusedError(
                Reason.TOO_LARGE, f"file: at most {MAX_FILE_BYTES} bytes; leave it out, its SM3 is in the proof"
            )
        subject = subject_of(self.store.read, self.province, exchange_id, caller)
        entries = await self.entries.of(subject, until)
        parts = await self._parts(subject, entries, contents=contents, file=file)
        manifest = await asyncio.to_thread(self._manifest, subject, parts)  # hashes the file
        index = await self.store.transact(lambda nouns: self._sealed(nouns, subject, manifest, contents=contents))
        whole = {
            MANIFEST: manifest,
            **dict(sorted(parts.items())),
            SEAL: _shown(await self.entries.proof(index, until)),
        }
        made = await asyncio.to_thread(_checked, whole, self._fingerprint())
        if made.verdict.unwitnessed:
            _log.warning("proof.unwitnessed", exchange=exchange_id, gap=made.verdict.problems[0].en)
        return made

    async def _parts(
        self, subject: Subject, entries: Mapping[str, LogProof], *, contents: bool, file: bytes
    ) -> dict[str, bytes]:
        nouns = self.store.read
        parts = {part: _shown(proof) for part, proof in entries.items()}
        parts |= {f"membership/{one.version:04}.json": one.document for one in nouns.memberships.after(0, _ALL)}
        parts |= {f"crl/{code}.crl": data for code, data in self.crls().items()}
        parts |= await self._line(subject, parts)
        if contents:
            parts |= self._contents(subject)
            parts |= self._papers(subject)
            parts |= {_file_part(file): file} if file else {}
        return parts

    async def _line(self, subject: Subject, parts: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """The line that the provider's entry, or else ours, says the verdict was given under."""
        for part, data in parts.items():
            if part.startswith("log/"):
                members = json.loads(parse_tlog_proof(data).extra)
                if members.get("apply") == subject.apply_id and members.get("line"):
                    key = members["line"], members["line_version"]
                    decided = datetime.fromisoformat(members["time"])
                    return await published_line(self.store.read.publications, subject.consumer, key, decided)
        return {}

    def _contents(self, subject: Subject) -> dict[str, bytes]:
        """What the entries bind, as far as it was not erased: of the exchange of the application, and of the use."""
        found = self._opened(subject.admission, (APPLICATION, VERDICT), subject)
        found |= self._opened(subject.exchange, (DATA,), subject)
        if not found:
            return {}
        return {part_of(label): one.content for label, one in found.items()} | {SALTS: salts_document(found)}

    def _opened(self, exchange: str, labels: tuple[str, ...], subject: Subject) -> dict[str, Opening]:
        found: dict[str, Opening] = {}
        for stored in self.store.read.contents.of(subject.apply_id, 1_000, exchange_id=exchange) if exchange else ():
            if stored.label in labels and stored.label not in found:
                opening = self.contents.open(stored)
                if opening is not None and _is_of(opening, subject):
                    found[stored.label] = opening
        return found

    def _papers(self, subject: Subject) -> dict[str, bytes]:
        """The consent that the application carried, and the report on the file, as this node holds them."""
        nouns, found = self.store.read, dict[str, bytes]()
        own = nouns.applications.own(subject.apply_id)
        if own is not None and own.sealed:
            consent = open_application(self.contents.vault, own).consent
            found |= {CONSENT: consent} if consent else {}
        report = nouns.reports.get(ReportOf.RECEIVED, subject.exchange)
        if report is not None and subject.consumer == self.province:
            label = report_label(ReportOf.RECEIVED, subject.exchange)
            found[REPORT] = self.contents.vault.open(report.sealed, label)
        return found

    def _manifest(self, subject: Subject, parts: Mapping[str, bytes]) -> bytes:
        return Manifest(
            consumer=subject.consumer,
            provider=subject.provider,
            exchange=subject.exchange,
            apply_id=subject.apply_id,
            by=self.province,
            made=self.clock().isoformat(timespec="milliseconds"),
            rows=rows_of(parts),
        ).to_json()

    def _sealed(self, nouns: Nouns, subject: Subject, manifest: bytes, *, contents: bool) -> int:
        """Put on record that a proof was made, over which manifest, and whether contents left with it."""
        entry = self.recorder.entry(
            EventType.PROOF,
            "made",
            subject.exchange,
            apply=subject.apply_id,
            manifest=gm.sm3(manifest).hex(),
            contents=contents,
        )
        return nouns.evidence.append(entry)

    def _fingerprint(self) -> str:
        newest = self.store.read.memberships.latest()
        return "" if newest is None else newest.digest


def _is_of(opening: Opening, subject: Subject) -> bool:
    """Of several verdicts on one application, the provider's."""
    return opening.label != VERDICT or json.loads(opening.content).get("provider") == subject.provider


def _shown(proof: LogProof) -> bytes:
    return TlogProof.showing(proof).text()


def _file_part(file: bytes) -> str:
    """An OFD package is a zip; anything else is known by its digest alone."""
    return "file.ofd" if file.startswith(b"PK") else "file.bin"


def _checked(parts: Mapping[str, bytes], fingerprint: str) -> Made:
    """The zip, if a stranger would believe it, but for how many have witnessed it.

    Raises:
        RefusedError: NOT_PROVEN, by the first other check that fails.
    """
    try:
        bundle = write_bundle(parts)
    except BundleError as error:
        raise RefusedError(Reason.TOO_LARGE, str(error)) from error
    verdict = verify_bundle(bundle, fingerprint)
    if not (verdict.ok or verdict.unwitnessed):
        first = next(one for one in verdict.problems if one.check is not Check.WITNESSES)
        raise RefusedError(Reason.NOT_PROVEN, f"{first.check}: {first.part} {first.en}")
    return Made(bundle=bundle, verdict=verdict)
