"""Makes the archive package of a proof, and verifies one by making it again. See the package; CPU time of `verify_bundle`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from federation.proof_archive.index import index_of, to_json, to_xml
from federation.proof_bundle import BundleVerdict, Check, Finding, State, verify_bundle
from trust import gm
from trust.bundle import read_bundle, write_bundle
from trust.errors import BundleError

ARCHIVE_PROOF = "proof.zip"
SUMS = "sm3sum.txt"
_FILES = ("file.ofd", "file.bin")


def archive_of(proof: bytes, verdict: BundleVerdict) -> bytes:
    """The archive package of a proof that was verified.

    Raises:
        BundleError: it would be larger than a container may be.
    """
    return write_bundle(_parts(proof, verdict))


def proof_in(data: bytes) -> bytes | None:
    """The proof in an archive package; None where it is none. Bounded; nothing else of it is believed.

    Raises:
        BundleError: a container that is not in its form.
    """
    return read_bundle(data).get(ARCHIVE_PROOF)


def verify_archive(
    data: bytes, proof: bytes, fingerprint: str, brought: Iterable[bytes] = (), crls: Iterable[bytes] = ()
) -> BundleVerdict:
    """Judge an archive package: its proof as `verify_bundle` does, and everything beside it against what the proof says.

    `sm3` and `size` of the verdict are of the archive. What is wrong beside the proof fails the check of the container; the part is named.
    """
    verdict = verify_bundle(proof, fingerprint, brought, crls)
    told = replace(verdict, sm3=gm.sm3(data).hex(), size=len(data))
    flaw = _flaw(data, proof, verdict) if verdict.ok or verdict.unwitnessed else None
    if flaw is None:
        return told
    findings = tuple(flaw if one.check is Check.CONTAINER else one for one in told.findings)
    return replace(told, findings=findings)


def _flaw(data: bytes, proof: bytes, verdict: BundleVerdict) -> Finding | None:
    """What of an archive is not what its proof makes of it."""
    try:
        right, there = _parts(proof, verdict), read_bundle(data)
    except BundleError as error:
        return _failed(error.part, error.detail)
    if list(right) == list(there) and write_bundle(right) == data:
        return None
    odd = [name for name in (*right, *there) if right.get(name) != there.get(name)]
    return _failed(odd[0] if odd else "", "it is not what the proof says")


def _failed(part: str, detail: str) -> Finding:
    return Finding(
        check=Check.CONTAINER,
        state=State.FAILED,
        part=part,
        zh="归档包的索引、校验和或文件与其中的证据包不符",
        en=f"the archive beside its proof: {detail}",
    )


def _parts(proof: bytes, verdict: BundleVerdict) -> dict[str, bytes]:
    """The parts in their order.

    Raises:
        BundleError: the proof is no container.
    """
    inner: Mapping[str, bytes] = read_bundle(proof)
    files = {ARCHIVE_PROOF: proof, **{name: inner[name] for name in _FILES if name in inner}}
    index = index_of(inner, verdict, files)
    parts = {"index.json": to_json(index), "index.xml": to_xml(index), **files}
    sums = "".join(f"{gm.sm3(data).hex()}  {name}\n" for name, data in parts.items())
    return {**parts, SUMS: sums.encode()}
