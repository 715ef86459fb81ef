"""Facts about what is the node's own: configuration, crypto, key files, pairs, chains."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from node import identity_folder, keys, secret_files
from node.config import problems_of
from node.doctor.collect.members import read_membership
from node.doctor.context import Context
from node.doctor.facts import ChainFacts, ConfigFacts, EngineFacts, PairFacts, SecretFacts
from node.errors import ConfigError, NodeError
from node.lists import files
from node.ports.lists import Kind
from trust import gm
from trust.errors import CryptoUnavailableError, TrustError
from trust.identity import Certificate
from trust.tls import decrypt_tls_key, tls_key_pin, tls_pin

SECRETS = ("signing.key", "encryption.key", "tls.key", "storage.key", "storage.master")
"""What a running node needs; ca.key may be kept elsewhere, and better is."""


def config(context: Context) -> ConfigFacts:
    """The file, and the files it names."""
    if context.config is None:
        return ConfigFacts(path=str(context.path), readable=False, problems=tuple(context.config_problem.splitlines()))
    problems = problems_of(context.config)
    section, province = context.config.lists, context.config.node.province
    for kind, path in ((Kind.CATALOGUE, section.catalogue), (Kind.USELIST, section.uselist)):
        if path is not None and path.is_file():
            problems += _problem(partial(files.founding, path, kind, province))
    return ConfigFacts(path=str(context.path), readable=True, problems=tuple(problems))


def _problem(look: Callable[[], object]) -> list[str]:
    try:
        look()
    except (NodeError, TrustError) as error:
        return str(error).splitlines()
    return []


def engine(_context: Context) -> EngineFacts:
    """The self-test of the crypto libraries."""
    try:
        found = gm.self_test()
    except CryptoUnavailableError as error:
        return EngineFacts(engine="", problem=str(error))
    return EngineFacts(engine=f"{found.libcrypto} ({found.path}), SM4-GCM by {found.sm4}")


def secrets(context: Context) -> SecretFacts:
    """Owner, mode and place of every secret file."""
    folder, file = context.known.keys.folder, context.known.keys.passphrase_file
    paths = [folder / name for name in SECRETS]
    paths += [path for path in sorted(folder.glob("*.key")) if path not in paths]
    problems = [secret_files.folder_problem(folder)]
    if folder.is_dir():
        problems += [secret_files.private_problem(path) for path in paths]
    if file is not None:
        problems.append(secret_files.private_problem(file))
    return SecretFacts(
        folder=str(folder), files=len(paths) + (file is not None), problems=tuple(one for one in problems if one)
    )


def pairs(context: Context) -> PairFacts:
    """Open every key, and hold it against its certificate."""
    folder, section = context.known.keys.folder, context.known.keys
    try:
        passphrase = context.passphrase()
    except ConfigError as error:
        return PairFacts(pairs=0, unopened=str(error), elsewhere=section.passphrase_file is None)
    labels = [label for label in ("signing", "encryption", "storage", "ca") if (folder / f"{label}.key").exists()]
    problems = [problem for label in labels for problem in _problem(partial(_pair, folder, label, passphrase))]
    problems += _problem(partial(_tls_pair, folder, passphrase))
    problems += _problem(partial(keys.load_master, folder, passphrase))
    return PairFacts(pairs=len(labels) + 1, problems=tuple(dict.fromkeys(problems)))


def _pair(folder: Path, label: str, passphrase: bytes) -> None:
    key = keys.load_private(folder, label, passphrase)
    if label == "storage":  # a pair that has no certificate
        return
    certificate = Certificate.from_pem(secret_files.read_bytes(folder / f"{label}.crt"))
    if certificate.public_key != key.public:
        raise ConfigError(f"{folder}: {label}.crt is for another key than {label}.key")


def _tls_pair(folder: Path, passphrase: bytes) -> None:
    key = decrypt_tls_key(secret_files.read_bytes(folder / "tls.key"), passphrase)
    if tls_key_pin(key) != tls_pin(secret_files.read_bytes(folder / "tls.crt")):
        raise ConfigError(f"{folder}: tls.crt is for another key than tls.key")


def chains(context: Context) -> ChainFacts:
    """Both chains as a peer would judge them, and whether the membership names them."""
    province, folder = context.known.node.province, context.known.keys.folder
    try:
        identity = identity_folder.read_folder(folder)
    except NodeError as error:
        return ChainFacts(province=province, problems=(str(error),))
    state = identity_folder.judge(identity, context.now)
    problems = list(state.problems)
    if identity.province != province:
        problems.append(f"{folder} holds the certificates of {identity.province}, node.province is {province}")
    return ChainFacts(province=province, problems=tuple(problems), named=_named(context, identity))


def _named(context: Context, identity: identity_folder.IdentityFolder) -> bool | None:
    """Whether the membership's certificates of our province are the folder's."""
    document = read_membership(context).document
    if document is None or context.known.node.province not in document.provinces:
        return None
    member = document.member(context.known.node.province)
    ours = {identity.certificates[usage] for usage in identity_folder.LEAVES}
    return ours == {member.signing_certificate, member.encryption_certificate}
