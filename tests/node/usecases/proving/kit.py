"""A bundle taken apart and put together again by somebody who can sign in the maker's name: what only the checks behind the zip can find.

Not a test.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from federation.model.evidence import EventType
from federation.proof_bundle import BundleVerdict, verify_bundle
from federation.proof_bundle.parts import MANIFEST, SEAL, Manifest, read_manifest, rows_of
from node.ports.store import Nouns
from tests.node.usecases.mesh import Mesh, Province
from tests.node.usecases.proving.making import Used, fingerprint, proofs_of, used, used_data
from trust import canonical, gm
from trust.bundle import read_bundle, write_bundle
from trust.envelope import LogProof
from trust.tlog_proof import TlogProof, parse_tlog_proof

Parts = dict[str, bytes]


@dataclass
class Kit:
    """A bundle in parts, and the province that made it."""

    mesh: Mesh
    maker: Province
    parts: Parts
    trusted: str

    @property
    def zip(self) -> bytes:
        return write_bundle(self.parts)

    def manifest(self) -> Manifest:
        return read_manifest(self.parts)

    def verified(self, parts: Mapping[str, bytes] | None = None) -> BundleVerdict:
        """What is found of these parts, zipped as they are."""
        return verify_bundle(write_bundle(self.parts if parts is None else parts), self.trusted)

    def sealed(self, parts: Mapping[str, bytes], **changes: Any) -> Parts:
        """These parts under a manifest and a seal of the maker; `changes`: of the sealing entry."""
        return self.sealed_as(parts, {}, **changes)

    def sealed_as(self, parts: Mapping[str, bytes], said: Mapping[str, Any], **changes: Any) -> Parts:
        """The same, where the manifest says something else."""
        inner = {name: data for name, data in sorted(parts.items()) if name not in {MANIFEST, SEAL}}
        new = replace(self.manifest(), by=self.maker.code, rows=rows_of(inner), **said)
        manifest = new.to_json()
        members = {"apply": new.apply_id, "manifest": gm.sm3(manifest).hex(), "contents": True} | changes
        entry = self.maker.recorder.entry(EventType.PROOF, "made", new.exchange, **members) | changes
        return {MANIFEST: manifest, **inner, SEAL: self.logged(self.maker, entry)}

    def logged(self, province: Province, entry: dict[str, Any]) -> bytes:
        """An entry that a province really puts into its log, in its proof."""

        async def log() -> LogProof:
            def unit(nouns: Nouns) -> int:
                return nouns.evidence.append(entry)

            return await province.store.prove(await province.store.transact(unit))

        return TlogProof.showing(asyncio.run(log())).text()

    def reentered(self, parts: Parts, type_: str, step: str, province: Province, **changes: Any) -> Parts:
        """The parts with an entry replaced by another one that its owner logged: the members changed, None taken away."""
        name, members = self.entry(parts, type_, step, province.code)
        said = {key: value for key, value in (members | changes).items() if value is not None}
        data = self.logged(province, said)
        rest = {one: content for one, content in parts.items() if one != name}
        return rest | {f"log/{province.code}-{parse_tlog_proof(data).index}.tlog-proof": data}

    def entry(self, parts: Mapping[str, bytes], type_: str, step: str, province: str) -> tuple[str, dict[str, Any]]:
        """The part and the members of an entry."""
        for name, data in parts.items():
            if name.startswith(f"log/{province}"):
                members = json.loads(parse_tlog_proof(data).extra)
                if (members["type"], members["step"]) == (type_, step):
                    return name, members
        raise AssertionError(f"no entry {type_} {step} of {province}")


Change = Callable[[Kit, Parts], Parts]


def made(folder: Path, file: bool = True, data: bool = False) -> Kit:
    """A use in Jiangsu of a certificate of Zhejiang, proven; `data`: of its face data."""

    async def make() -> Kit:
        mesh = await Mesh(folder).ready()
        return await kit_of(mesh, await (used_data(mesh) if data else used(mesh)), file=file)

    return asyncio.run(make())


async def kit_of(mesh: Mesh, use: Used, *, file: bool = True) -> Kit:
    """A use of Jiangsu, proven."""
    proof = await proofs_of(mesh.jiangsu).make(use.exchange, file=use.file if file else b"")
    return Kit(mesh=mesh, maker=mesh.jiangsu, parts=read_bundle(proof.bundle), trusted=fingerprint(mesh))


def edited(data: bytes, **changes: Any) -> bytes:
    """A document in canonical JSON with other members."""
    return canonical.dumps(json.loads(data) | changes)
