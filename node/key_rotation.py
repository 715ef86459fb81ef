"""The next key of a purpose beside the one in use, as files of the keys folder: made, certified, put into use, and the old one destroyed.

`<usage>.next.key` and `<usage>.next.crt` are announced to the mesh by a membership document. When a document has promoted them, `promote`
makes them `<usage>.key` and `<usage>.crt`; what was there stays as `<usage>.old.key` and `<usage>.old.crt` until the mesh has dropped it.
Usages are signing, encryption and tls. Nobody outside learns of a change here, and nothing here decides when it is time.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from node import keys
from node.errors import ConfigError
from trust import gm
from trust.errors import IdentityError, TrustError
from trust.identity import Certificate, Request, Usage, issue_from_request, make_request, verify_chain
from trust.membership import KeyUsage
from trust.tls import decrypt_tls_key, make_tls, tls_pin, tls_pin_of_key

NEXT, OLD = "next", "old"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningPair:
    """A signing key of the folder with its certificate; `place` is "", "next" or "old"."""

    place: str
    key: gm.PrivateKey
    certificate: Certificate


def path_of(folder: Path, usage: KeyUsage, kind: str, place: str = "") -> Path:
    """Where a key or certificate lies: kind "key" or "crt", place "", "next" or "old"."""
    return folder / ".".join(part for part in (usage.value, place, kind) if part)


def make_next(
    folder: Path,
    usage: KeyUsage,
    *,
    province: str,
    name: str,
    passphrase: bytes,
    now: datetime,
    valid_days: int,
    rounds: int = gm.ROUNDS,
) -> str:
    """Make the next key and its certificate, by the folder's own CA (TLS: self-signed); returns the PEM.

    `rounds`: of the derivation from the passphrase. Who was interrupted after the key calls again: the key is kept.

    Raises:
        ConfigError: there is a next one already, or the CA's key is not here, or the passphrase is wrong.
        IdentityError: the name is not valid.
    """
    _check_none(folder, usage)
    if usage is KeyUsage.TLS:
        path_of(folder, usage, "key", NEXT).unlink(missing_ok=True)  # without its certificate nobody has seen it
        pair = make_tls(province=province, passphrase=passphrase, now=now, valid_days=valid_days, rounds=rounds)
        _put(path_of(folder, usage, "key", NEXT), pair.key_pem)
        pem = pair.certificate_pem.decode()
    else:
        ca = _certificate(folder / "ca.crt")
        ca_key = keys.load_private(folder, Usage.CA.value, passphrase)
        request = ask_next(folder, usage, province=province, name=name, passphrase=passphrase, rounds=rounds)
        pem = issue_from_request(ca=ca, ca_key=ca_key, request=request, now=now, valid_days=valid_days).pem
    _put(path_of(folder, usage, "crt", NEXT), pem.encode(), mode=0o644)
    return pem


def ask_next(
    folder: Path, usage: KeyUsage, *, province: str, name: str, passphrase: bytes, rounds: int = gm.ROUNDS
) -> Request:
    """Make the next key, unless it is there, and the request for its certificate: for a CA that is elsewhere.

    Raises:
        ConfigError: the next key has its certificate already, or the passphrase is wrong, or it is the TLS key, which needs no CA.
        IdentityError: the name is not valid.
    """
    if usage is KeyUsage.TLS:
        raise ConfigError("the channel certificate is self-signed; no CA is asked for it")
    _check_none(folder, usage)
    path = path_of(folder, usage, "key", NEXT)
    if not path.exists():
        _put(path, gm.PrivateKey.generate().to_pkcs8(passphrase, rounds=rounds))
    key = keys.load_private(folder, f"{usage}.{NEXT}", passphrase)
    return make_request(province=province, name=name, usage=Usage(usage.value), key=key)


def install_next(folder: Path, usage: KeyUsage, certificate: Certificate, *, passphrase: bytes, now: datetime) -> None:
    """Put the certificate that a CA has issued for the next key beside it.

    Raises:
        ConfigError: there is one already, or no next key.
        IdentityError: it is for another key, or its chain or province is wrong.
    """
    _check_none(folder, usage)
    if certificate.public_key != keys.load_private(folder, f"{usage}.{NEXT}", passphrase).public:
        raise IdentityError(f"the certificate is for another key than {usage}.{NEXT}.key")
    used = _certificate(path_of(folder, usage, "crt"))
    if certificate.province != used.province:
        raise IdentityError(f"the certificate is of another province than {used.province}")
    verify_chain(certificate, _certificate(folder / "ca.crt"), usage=Usage(usage.value), at=now)
    _put(path_of(folder, usage, "crt", NEXT), certificate.pem.encode(), mode=0o644)


def promote(folder: Path, usage: KeyUsage, *, passphrase: bytes) -> bool:
    """Put the next key and certificate into use, and keep the ones so far as old; whether anything changed.

    Safe to interrupt anywhere and to call again: until everything is in place the next files stay, and what is in place already is not
    taken for old. After an interruption key and certificate in use may be of two kinds: call `settle` before reading them.

    Raises:
        ConfigError: the next certificate is missing, or is not for the next key; nothing is changed then.
    """
    fresh = {kind: path_of(folder, usage, kind, NEXT) for kind in ("key", "crt")}
    if not fresh["key"].exists():
        return False
    if not _begun(folder, usage):
        _check_pair(folder, usage, passphrase)
    for kind in ("key", "crt"):
        if fresh[kind].exists():
            _move_up(folder, usage, kind, fresh[kind])
    fresh["crt"].unlink(missing_ok=True)  # before the key, which is what a call after an interruption looks for
    _sync(folder)
    fresh["key"].unlink()
    _sync(folder)
    return True


def settle(folder: Path, *, passphrase: bytes) -> tuple[KeyUsage, ...]:
    """Finish promotions that were interrupted; returns of which usages. To be called before keys are loaded.

    Raises:
        ConfigError: a file cannot be read.
    """
    begun = tuple(usage for usage in KeyUsage if _begun(folder, usage))
    for usage in begun:
        promote(folder, usage, passphrase=passphrase)
    return begun


def destroy_old(folder: Path, usage: KeyUsage) -> bool:
    """Delete the old key and certificate, once the mesh has dropped them; whether there were any."""
    old = [path for kind in ("key", "crt") if (path := path_of(folder, usage, kind, OLD)).exists()]
    for path in old:
        path.unlink()
    _sync(folder)
    return bool(old)


def signing_pairs(folder: Path, passphrase: bytes) -> tuple[SigningPair, ...]:
    """Every signing key of the folder that has its certificate: in use, next, old.

    Raises:
        ConfigError: the one in use is missing, one is open to others, or the passphrase is wrong.
    """
    found = []
    for place in ("", NEXT, OLD):
        path = path_of(folder, KeyUsage.SIGNING, "crt", place)
        if not place or path.exists():
            label = path.name.removesuffix(".crt")
            key = keys.load_private(folder, label, passphrase)
            found.append(SigningPair(place=place, key=key, certificate=_certificate(path)))
    return tuple(found)


def _check_none(folder: Path, usage: KeyUsage) -> None:
    path = path_of(folder, usage, "crt", NEXT)
    if path.exists():
        raise ConfigError(f"{path}: there is a next {usage} key already; announce and promote it first")


def _check_pair(folder: Path, usage: KeyUsage, passphrase: bytes) -> None:
    """The next certificate is for the next key."""
    key, certificate = (path_of(folder, usage, kind, NEXT) for kind in ("key", "crt"))
    if not certificate.exists():
        raise ConfigError(f"{certificate}: is missing; the next {usage} key has no certificate yet")
    keys.check_private(key)
    try:
        if usage is KeyUsage.TLS:
            fits = tls_pin(certificate.read_bytes()) == tls_pin_of_key(decrypt_tls_key(key.read_bytes(), passphrase))
        else:
            held = keys.load_private(folder, f"{usage}.{NEXT}", passphrase)
            fits = _certificate(certificate).public_key == held.public
    except TrustError as error:
        raise ConfigError(f"{key}: {error}; is the passphrase right?") from error
    if not fits:
        raise ConfigError(f"{certificate}: is not for the key {key.name}")


def _begun(folder: Path, usage: KeyUsage) -> bool:
    """Whether a promotion was begun: the key in use is the next one already."""
    used, fresh = path_of(folder, usage, "key"), path_of(folder, usage, "key", NEXT)
    return fresh.exists() and used.exists() and used.read_bytes() == fresh.read_bytes()


def _move_up(folder: Path, usage: KeyUsage, kind: str, fresh: Path) -> None:
    """One file: what is in use becomes old, the next one takes its place and stays where it was too."""
    used = path_of(folder, usage, kind)
    if used.read_bytes() == fresh.read_bytes():
        return
    for source, target in ((used, path_of(folder, usage, kind, OLD)), (fresh, used)):
        copy = target.with_name(f"{target.name}.new")
        copy.unlink(missing_ok=True)
        copy.hardlink_to(source)
        copy.replace(target)
        copy.unlink(missing_ok=True)  # renaming onto another name of the same file leaves both
        _sync(folder)


def _put(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """A new file, durable and whole before it has its name."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    keys.write_private(fresh, data, mode=mode)
    _sync(fresh)
    fresh.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _certificate(path: Path) -> Certificate:
    try:
        return Certificate.from_pem(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except IdentityError as error:
        raise ConfigError(f"{path}: {error}") from error
