"""`certmesh ofd copy`: a usage copy (加注件) of an OFD file, signed with a province's key; and how `verify` shows one to people."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from node import keys
from node.cli.options import Json, PassphraseEnv, PassphraseFile, print_json
from node.errors import ConfigError
from node.moment import new_id, utc_now
from trust.errors import DocumentError
from trust.gm import sm3
from trust.ofd import Signer, UsageTerms, make_usage_copy
from trust.ofd.container import MAX_PACKAGE
from trust.ofd.signatures.certificate import organization, read_certificate
from trust.ofd.signatures.times import parse_time
from trust.ofd.usage_copy.terms import CHINA

_LABELS = {
    "creator": "制作者 / made by",
    "signed_by": "签名人 / signed by",
    "using_unit": "用证单位 / for",
    "cause": "制作事由 / cause",
    "exchange_id": "交换编号 / exchange",
    "created": "制作时间 / made at",
    "expires": "有效期至 / valid until",
}
_ORIGINAL = {
    "issuer": "颁发机构 / issued by",
    "name": "证照名称 / certificate",
    "identifier": "证照标识 / identifier",
    "seals": "印章 / seals",
    "verdict": "核验结果 / verdict",
}


def add_to(app: typer.Typer) -> None:
    """Add the command to the `ofd` group."""
    app.command()(copy)


def copy(
    file: Annotated[Path, typer.Argument(help="The original OFD file; it is not changed.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Where to write the copy.", show_default=False)],
    key_folder: Annotated[Path, typer.Option("--keys", help="The keys folder of the provider.", show_default=False)],
    cause: Annotated[str, typer.Option(help="What the copy is for, at most 200 characters.", show_default=False)],
    using_unit: Annotated[str, typer.Option(help="Who may use it.", show_default=False)],
    expires: Annotated[
        str, typer.Option(help="Until when, such as 2024-05-31T18:00:00 (China's time).", show_default=False)
    ],
    *,
    exchange_id: Annotated[str | None, typer.Option(help="The exchange it belongs to; a new one by default.")] = None,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    as_json: Json = False,
) -> None:
    """Make a usage copy: the pages unchanged under a watermark, signed by the provider, valid for one use and one time."""
    if out.exists():
        raise ConfigError(f"{out}: exists already; remove it or choose another --out")
    original = read_file(file)
    passphrase = keys.read_passphrase(file=passphrase_file, environment=passphrase_env)
    key, certificate = keys.load_signing(key_folder, passphrase)
    creator = organization(read_certificate(certificate.der).subject)
    terms = _terms(creator, cause, using_unit, exchange_id or new_id(), expires)
    made = make_usage_copy(original, terms, Signer(certificate=certificate.der, key=key))
    out.write_bytes(made)
    shown = {
        "file": str(out),
        "sm3": sm3(made).hex(),
        "bytes": len(made),
        "original_sm3": sm3(original).hex(),
        "exchange_id": terms.exchange_id,
        "expires": terms.expires.astimezone(CHINA).isoformat(),
    }
    if as_json:
        print_json(shown)
    else:
        print("\n".join(f"{name} {value}" for name, value in shown.items()))


def _terms(creator: str, cause: str, using_unit: str, exchange_id: str, expires: str) -> UsageTerms:
    try:
        return UsageTerms(
            creator=creator,
            cause=cause,
            using_unit=using_unit,
            exchange_id=exchange_id,
            created=utc_now(),
            expires=moment(expires, "--expires"),
        )
    except DocumentError as error:
        raise ConfigError(str(error)) from error


def copy_lines(shown: dict[str, Any], *, proven: bool, original_accepted: bool) -> Iterator[str]:
    """A copy's part of a report, as `DocumentReport.as_json` has it, for people."""
    yield "  加注件 / usage copy" + ("" if proven else "：以下内容未经证实 / what follows is not proven")
    yield from _labelled(shown, _LABELS)
    if shown["expired"]:
        yield "    已过有效期，不得再使用 / its time is over: it must not be used any more"
    yield f"  原件 / original: SM3 {shown['original_sm3']}"
    yield from _labelled(shown["original"], _ORIGINAL)
    if not original_accepted:
        yield "    原件的签名不可接受，加注件不予认可 / the original's signatures are not accepted, so the copy is not either"
    for one in shown["original"]["signatures"]:
        yield f"    {one['id']}: {one['verdict']} ({one['kind']}; mathematics {one['mathematics']})"
        yield from (f"      {reason}" for reason in one["reasons"])


def _labelled(shown: dict[str, Any], labels: dict[str, str]) -> Iterator[str]:
    """A line for each value that there is."""
    for name, label in labels.items():
        value = shown[name]
        text = value if isinstance(value, str) else "、".join(value)
        if text:
            yield f"    {label}: {text}"


def moment(text: str, option: str) -> datetime:
    """The moment an option names; without a zone it is China's time.

    Raises:
        ConfigError: it names none.
    """
    try:
        return parse_time(text)
    except DocumentError as error:
        raise ConfigError(f"{option}: {error}") from error


def read_file(file: Path) -> bytes:
    """The file's bytes; one that is too large for a package is not loaded.

    Raises:
        ConfigError: it cannot be read.
        DocumentError: it is too large.
    """
    try:
        if file.stat().st_size > MAX_PACKAGE:
            raise DocumentError(f"package larger than {MAX_PACKAGE} bytes")
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
