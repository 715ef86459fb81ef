"""A province's identity as files of its keys folder: asked for, issued, installed, revoked, shown. The rules are in `trust.identity`.

Beside what `node.keys` writes there may be `ca.crl`, the CA's revocation list. What is replaced stays beside its successor, under a name
with the first 16 digits of its fingerprint. Nobody outside learns of a change here: the mesh believes what its membership names.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from node import keys
from node.errors import ConfigError
from trust.errors import IdentityError
from trust.identity import (
    MAX_CERTIFICATE_BYTES,
    Certificate,
    Crl,
    ExpiryWarning,
    ListState,
    Request,
    Revocation,
    Usage,
    accept_crl,
    expiry_warnings,
    issue_from_request,
    make_request,
    read_crl,
    read_request,
    renew_crl,
    verify_chain,
)
from trust.identity.crl import MAX_CRL_BYTES
from trust.identity.request import MAX_REQUEST_BYTES
from trust.tls import tls_not_after

LEAVES = (Usage.SIGNING, Usage.ENCRYPTION)
_LIST = "ca.crl"
_Parsed = TypeVar("_Parsed", Certificate, Request, Crl)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFolder:
    """The public half of a folder, parsed but not judged."""

    certificates: dict[Usage, Certificate]
    tls_not_after: datetime
    crl: Crl | None

    @property
    def province(self) -> str:
        """The province whose node signs with this identity."""
        return self.certificates[Usage.SIGNING].province


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityState:
    """What `doctor`, metrics and the console show: `problems` are sentences about a chain that peers would not believe."""

    problems: tuple[str, ...]
    warnings: tuple[ExpiryWarning, ...]
    list_state: ListState


def read_folder(folder: Path) -> IdentityFolder:
    """Read the public half of a keys folder.

    Raises:
        ConfigError: a file is missing or not what its name says.
    """
    texts = keys.load_certificates(folder)
    certificates = {}
    for usage, pem in ((Usage.CA, texts.ca), (Usage.SIGNING, texts.signing), (Usage.ENCRYPTION, texts.encryption)):
        try:
            certificates[usage] = Certificate.from_pem(pem)
        except IdentityError as error:
            raise ConfigError(f"{folder / usage.value}.crt: {error}") from error
    try:
        ends = tls_not_after(texts.tls.encode())
        listed = folder / _LIST
        crl = load_crl(listed) if listed.exists() else None
    except IdentityError as error:
        raise ConfigError(f"{folder}: {error}") from error
    return IdentityFolder(certificates=certificates, tls_not_after=ends, crl=crl)


def judge(identity: IdentityFolder, now: datetime) -> IdentityState:
    """Judge both chains and all dates as a peer would at `now`."""
    problems = []
    for usage in LEAVES:
        try:
            verify_chain(
                identity.certificates[usage], identity.certificates[Usage.CA], usage=usage, at=now, crl=identity.crl
            )
        except IdentityError as error:
            problems.append(f"{usage}: {error}")
    if now > identity.tls_not_after:
        problems.append(f"tls: the channel certificate expired at {identity.tls_not_after:%Y-%m-%d %H:%M:%SZ}")
    ends = {usage.value: one.not_after for usage, one in identity.certificates.items()}
    return IdentityState(
        problems=tuple(problems),
        warnings=expiry_warnings({**ends, "tls": identity.tls_not_after}, now),
        list_state=ListState.MISSING if identity.crl is None else identity.crl.freshness(now).state,
    )


def ask(folder: Path, *, name: str, passphrase: bytes) -> dict[Usage, Request]:
    """Requests for both leaves over the folder's keys; `name` is the organization's.

    Raises:
        ConfigError: a file is missing, or the passphrase is wrong.
        IdentityError: the name is not valid.
    """
    province = read_folder(folder).province
    return {
        usage: make_request(
            province=province, name=name, usage=usage, key=keys.load_private(folder, usage.value, passphrase)
        )
        for usage in LEAVES
    }


def issue(folder: Path, request: Request, *, passphrase: bytes, now: datetime, valid_days: int) -> Certificate:
    """Let the folder's CA issue what a request asks for.

    Raises:
        ConfigError: a file is missing, or the passphrase is wrong.
        IdentityError: the CA is of another province, or its key is not in this folder.
    """
    ca = read_folder(folder).certificates[Usage.CA]
    ca_key = keys.load_private(folder, Usage.CA.value, passphrase)
    return issue_from_request(ca=ca, ca_key=ca_key, request=request, now=now, valid_days=valid_days)


def install(
    folder: Path, offered: Iterable[Certificate], *, passphrase: bytes, now: datetime
) -> dict[Usage, Certificate]:
    """Put certificates in the places their usages name, if the whole then fits: keys, province, and both chains under one CA.

    Returns what was put. Nothing is changed otherwise.

    Raises:
        ConfigError: a file is missing, or the passphrase is wrong.
        IdentityError: which certificate does not fit, and why.
    """
    held = read_folder(folder)
    fresh = _by_usage(offered)
    for usage in LEAVES:
        if usage in fresh and fresh[usage].public_key != keys.load_private(folder, usage.value, passphrase).public:
            raise IdentityError(f"the {usage} certificate is for another key than {usage}.key")
        if usage in fresh and fresh[usage].province != held.province:
            raise IdentityError(f"the {usage} certificate is of another province than {held.province}")
    whole = {**held.certificates, **fresh}
    same_ca = whole[Usage.CA] == held.certificates[Usage.CA]
    for usage in LEAVES:
        try:
            verify_chain(whole[usage], whole[Usage.CA], usage=usage, at=now, crl=held.crl if same_ca else None)
        except IdentityError as error:
            raise IdentityError(f"the {usage} certificate: {error}") from error
    _put(folder, held, fresh)
    return fresh


def _by_usage(offered: Iterable[Certificate]) -> dict[Usage, Certificate]:
    found: dict[Usage, Certificate] = {}
    for one in offered:
        if len(one.usages) != 1:
            raise IdentityError("a certificate has exactly one usage: CA, signing or encryption")
        (usage,) = one.usages
        if usage in found:
            raise IdentityError(f"two certificates for {usage}; give one")
        found[usage] = one
    return found


def _put(folder: Path, held: IdentityFolder, fresh: dict[Usage, Certificate]) -> None:
    """Replace the files one by one; who is interrupted between two runs the command again."""
    for usage, one in fresh.items():
        old = held.certificates[usage]
        if one != old:
            previous = f"{usage}.{old.fingerprint[:16]}.crt"
            keys.replace_public(folder / f"{usage}.crt", one.pem.encode(), previous=previous)
    if held.crl is not None and fresh.get(Usage.CA, held.certificates[Usage.CA]) != held.certificates[Usage.CA]:
        (folder / _LIST).rename(folder / f"ca.{held.crl.fingerprint[:16]}.crl")  # another CA's list says nothing now


def renew_list(
    folder: Path, revoke: Iterable[Revocation], *, passphrase: bytes, now: datetime, valid: timedelta
) -> Crl:
    """Let the folder's CA make the list that follows the one it holds, or its first.

    Raises:
        ConfigError: a file is missing, or the passphrase is wrong.
        IdentityError: the CA's key is not in this folder, or a certificate is revoked already.
    """
    held = read_folder(folder)
    ca_key = keys.load_private(folder, Usage.CA.value, passphrase)
    fresh = renew_crl(held.crl, ca=held.certificates[Usage.CA], ca_key=ca_key, revoke=revoke, now=now, valid=valid)
    keys.replace_public(folder / _LIST, fresh.pem.encode())
    return fresh


def take_list(folder: Path, offered: Crl, *, now: datetime) -> Crl:
    """Keep a list that the folder's CA made elsewhere, if it does not go back behind the one held.

    Raises:
        ConfigError: a file is missing.
        IdentityError: another CA's, from the future, or older.
    """
    held = read_folder(folder)
    taken = accept_crl(held.crl, offered, ca=held.certificates[Usage.CA], now=now)
    keys.replace_public(folder / _LIST, taken.pem.encode())
    return taken


def load_certificate(path: Path) -> Certificate:
    """Read a certificate file, PEM or DER.

    Raises:
        ConfigError: unreadable.
        IdentityError: not an SM2 identity certificate.
    """
    return _parsed(path, MAX_CERTIFICATE_BYTES, _certificate)


def load_request(path: Path) -> Request:
    """Read a request file, PEM or DER.

    Raises:
        ConfigError: unreadable.
        IdentityError: not a request, or its signature does not verify.
    """
    return _parsed(path, MAX_REQUEST_BYTES, read_request)


def load_crl(path: Path) -> Crl:
    """Read a revocation list, PEM or DER.

    Raises:
        ConfigError: unreadable.
        IdentityError: not a revocation list.
    """
    return _parsed(path, MAX_CRL_BYTES, read_crl)


def _certificate(data: bytes) -> Certificate:
    return Certificate.from_pem(data) if data.lstrip().startswith(b"-----") else Certificate.from_der(data)


def _parsed(path: Path, max_bytes: int, parse: Callable[[bytes], _Parsed]) -> _Parsed:
    """Read at most one byte more than allowed: the parser then says what is wrong."""
    try:
        with path.open("rb") as reading:
            data = reading.read(max_bytes + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return parse(data)
    except IdentityError as error:
        raise IdentityError(f"{path}: {error}") from error
