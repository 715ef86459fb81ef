"""The membership documents that a receipt is held against: compared with a trusted fingerprint, or shown to be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from federation.proof_bundle.chain import believe
from federation.proof_bundle.flaw import FlawError
from node import membership_file
from node.cli.options import digest_of
from node.errors import ConfigError
from trust.membership import Membership, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The versions, and their fingerprints in the order they were named. `trusted`: the one that was compared; "" where none was."""

    memberships: tuple[Membership, ...]
    fingerprints: tuple[str, ...]
    trusted: str

    def zh(self) -> str:
        """On which documents it rests, for the page."""
        listed = f"成员文件指纹：{', '.join(self.fingerprints)}"
        if self.trusted:
            return f"{listed}\n各版前后相承，可信指纹（核验人提供）：{self.trusted}"
        return f"{listed}\n未与可信指纹比对：以上结论仅在上述指纹经其他渠道核对无误时成立（--fingerprint 可由程序比对）"


def documents_of(paths: Sequence[Path], fingerprint: str | None) -> Documents:
    """The documents in these files; with a fingerprint they are one chain, believed because one of them has it.

    Raises:
        ConfigError: a document cannot be read, none has the fingerprint, or they are not one chain.
    """
    signed = [membership_file.read_signed(path) for path in paths]
    digests = tuple(one.fingerprint for one in signed)
    if fingerprint is None:
        return Documents(memberships=tuple(parse(one.payload) for one in signed), fingerprints=digests, trusted="")
    trusted = digest_of(fingerprint)
    try:
        chain = believe({str(path): one.to_json() for path, one in zip(paths, signed, strict=True)}, trusted)
    except FlawError as error:
        raise ConfigError(str(error)) from error
    return Documents(memberships=chain.links, fingerprints=digests, trusted=trusted)
