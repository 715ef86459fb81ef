"""What a file of `<data>/exhibits` proves: a forked evidence log, or two histories of one published list. For `certmesh evidence convict`.

Needs the file and the accused province's signing certificates, no node and no network. Membership documents that fork have a command of
their own (`certmesh membership convict`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from federation.model import publication_fork
from node import membership_file
from node.errors import ConfigError
from trust import fork
from trust.errors import EvidenceError
from trust.identity import Certificate
from trust.membership import parse


class NotProvenError(Exception):
    """The file proves nothing; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conviction:
    """Who did what, in a sentence; in Chinese a word for it, and what that means."""

    province: str
    what: str
    sentence: str
    zh: str


_FORKED = "签署了两份互相矛盾的存证日志"
_BACK = "签署声明其存证日志的条数少于此前已声明的条数（日志被回退，已有记录丢失）"


def convicted(exhibit: Path, key: Path | None, membership: Path | None) -> Conviction:
    """What the file proves.

    Raises:
        ConfigError: neither or both of `key` and `membership` were named, or a file cannot be used.
        NotProvenError: it proves nothing.
    """
    data = _read(exhibit)
    try:
        return _list(data, key, membership) if publication_fork.is_exhibit(data) else _log(data, key, membership)
    except (EvidenceError, publication_fork.NotProvenError) as error:
        raise NotProvenError(str(error)) from error


def _log(data: bytes, key: Path | None, membership: Path | None) -> Conviction:
    one = fork.read_exhibit(data)
    sentence = fork.convict(one, *(each.public_key for each in _accused(one.province, key, membership)))
    back = sentence.endswith(fork.WENT_BACK)
    zh = f"该省{_BACK if back else _FORKED}；本文件与其签名证书即可在任何机器上复核。"
    return Conviction(province=one.province, what="回退" if back else "分叉", sentence=sentence, zh=zh)


def _list(data: bytes, key: Path | None, membership: Path | None) -> Conviction:
    one = publication_fork.read_exhibit(data)
    certificates = _accused(one.publisher, key, membership)
    sentence = publication_fork.convict(one, {each.fingerprint: each.public_key for each in certificates})
    zh = "该省签署了两份互相矛盾的目录、清单或决定；本文件与其签名证书即可在任何机器上复核。"
    return Conviction(province=one.publisher, what="分叉", sentence=sentence, zh=zh)


def _accused(province: str, key: Path | None, membership: Path | None) -> Sequence[Certificate]:
    """The signing certificates of the province that the exhibit names, of all documents that are given, the newest first.

    One that was taken back as compromised convicts nobody: who holds it may be a thief.

    Raises:
        ConfigError: neither or both were named, or it is not there.
    """
    if (key is None) == (membership is None):
        raise ConfigError("name either --key or --membership: whose signature is this to be compared with?")
    if key is not None:
        return (Certificate.from_pem(_read(key).decode(errors="replace")),)
    assert membership is not None, "one of the two"
    documents = (
        [link.membership for link in membership_file.chain(membership)]
        if membership.is_dir()
        else [parse(membership_file.read_signed(membership).payload)]
    )
    members = [one for document in reversed(documents) if (one := document.by_province.get(province))]
    if not members:
        raise ConfigError(f"{membership}: does not name {province}")
    disowned = {key.key_id for key in members[0].keys if key.disowned}
    every = {one.fingerprint: one for member in members for one in member.signing_certificates}
    return [one for fingerprint, one in every.items() if fingerprint not in disowned]


def _read(path: Path) -> bytes:
    """A file, or so much of it that it shows to be too large."""
    try:
        with path.open("rb") as reading:
            return reading.read(publication_fork.MAX_EXHIBIT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
