"""Whose signature under a checkpoint is believed: the node's own configuration, membership documents, or a certificate. For commands."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from node import keys, membership_file
from node.base import held_chain
from node.cli.log_witnesses import Witnesses, witnesses_of
from node.cli.membership_history import digest_of
from node.config import Config
from node.errors import ConfigError
from trust.checkpoint import Checkpoint, parse_note, verify_note
from trust.cosignature import owner
from trust.errors import UnknownSignerError
from trust.identity import Certificate
from trust.membership import Membership as Document
from trust.membership import parse, signed_from_json

Membership = Annotated[
    Path | None,
    typer.Option(help="A membership document, or a folder of them: whose keys are believed.", show_default=False),
]
Key = Annotated[
    Path | None, typer.Option(help="Or the signing certificate of the log's province, PEM.", show_default=False)
]
Certificates = Callable[[str], Sequence[Certificate]]
_MAX_PEM = 64 << 10  # bytes


def of_config(config: Config) -> list[Certificate]:
    """Every certificate that may have signed a checkpoint: those of the keys folder, and all that membership ever listed."""
    found = [Certificate.from_pem(keys.load_certificates(config.keys.folder).signing)]
    for document in _held(config):
        member = document.by_province.get(config.node.province)
        found += member.signing_certificates if member else ()
    return list({one.fingerprint: one for one in reversed(found)}.values())


def _held(config: Config) -> list[Document]:
    """The chain that the node believed."""
    return [parse(signed_from_json(one.document).payload) for one in held_chain(config)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """What is believed: the signing certificates of a province, present and past, and the documents of membership, oldest first."""

    certificates: Certificates
    documents: Sequence[Document] = ()

    def open(self, note: bytes) -> Checkpoint:
        """The checkpoint of a note of whatever province, if a key of that province has signed it.

        Raises:
            EvidenceError: none has, or it is of no province's evidence log.
            ConfigError: nothing that is believed names the province.
        """
        origin = parse_note(note).checkpoint.origin
        return open_note(origin, self.certificates(owner(origin)), note)

    def witnesses(self, note: bytes) -> Witnesses:
        """Who cosigned it.

        Raises:
            EvidenceError: a cosignature by a known key is wrong.
        """
        return witnesses_of(note, self.documents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """What the operator named to be believed: exactly one of a configuration, documents of membership, and a certificate."""

    config: Config | None = None
    membership: Path | None = None
    key: Path | None = None
    fingerprint: str | None = None

    def trusted(self) -> Trusted:
        """What follows from that.

        Raises:
            ConfigError: not one of them was named, or what was named cannot be believed.
        """
        if [self.config, self.membership, self.key].count(None) != 2:  # noqa: PLR2004 - all but one
            raise ConfigError(
                "name one of --membership, --fingerprint (of a folder), --key and --config: whose keys are believed?"
            )
        if self.config is not None:
            own = of_config(self.config)
            return Trusted(certificates=lambda _: own, documents=_held(self.config))
        if self.key is not None:
            alone = (Certificate.from_pem(_pem(self.key)),)
            return Trusted(certificates=lambda _: alone)
        assert self.membership is not None, "one of the three"
        links = membership_file.chain(self.membership, fingerprint=digest_of(self.fingerprint))
        documents = [link.membership for link in links]
        return Trusted(certificates=partial(_listed, self.membership, documents), documents=documents)


def _listed(path: Path, documents: Sequence[Document], province: str) -> Sequence[Certificate]:
    """All that these documents list for a province, without what was taken back as compromised: a thief may have signed with that.

    Raises:
        ConfigError: none names it, or nothing is left.
    """
    members = [one for document in documents if (one := document.by_province.get(province))]
    if not members:
        raise ConfigError(f"{path}: does not name {province}")
    disowned = {key.key_id for key in members[-1].keys if key.disowned}
    every = {one.fingerprint: one for member in members for one in member.signing_certificates}
    left = [one for fingerprint, one in every.items() if fingerprint not in disowned]
    if not left:
        raise ConfigError(f"{path}: every key of {province} was taken back")
    return left


def open_note(name: str, certificates: Sequence[Certificate], note: bytes) -> Checkpoint:
    """The checkpoint of a note that one of the certificates' keys has signed.

    Raises:
        EvidenceError: none has.
    """
    for certificate in certificates[:-1]:
        with contextlib.suppress(UnknownSignerError):
            return verify_note(note, name=name, public_key=certificate.public_key)
    return verify_note(note, name=name, public_key=certificates[-1].public_key)


def _pem(path: Path) -> str:
    try:
        with path.open("rb") as reading:
            return reading.read(_MAX_PEM).decode(errors="replace")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
