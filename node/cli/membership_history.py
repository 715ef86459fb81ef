"""`certmesh membership log|convict|fingerprint`: what changed from version to version and who signed it; what a refused document proves.

Two libraries verify every signature here. The verdict is for auditors, so its words are Chinese; programs read --json.
"""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from node import membership_file
from node.cli.membership import counted_object, print_fingerprint
from node.cli.options import Json, print_json
from node.errors import ConfigError
from node.membership_file import Link
from node.membership_signing import counts
from node.moment import utc_now
from trust.gm.second_opinion import on_every_signature
from trust.membership import (
    Difference,
    Exhibit,
    Finding,
    Verdict,
    convict,
    differences,
    expired,
    grouped,
)

Fingerprint = Annotated[
    str | None,
    typer.Option(help="The fingerprint of a version that you trust; spaces do not matter.", show_default=False),
]
_HEX = re.compile(r"[0-9a-f]{64}")
FINDINGS = {
    Finding.INNOCENT: "所呈文件有效，不构成任何违规。",
    Finding.FORK: "分叉：同一版本存在两份签名均达门限的文件。",
    Finding.BROKEN_RULE: "违规：所呈文件违反成员文件规则，却仍被签名。",
    Finding.UNDER_SIGNED: "签名不足：签名的省份未达门限，可能只是草稿。",
    Finding.FORGED: "伪造或损坏：没有任何成员对所呈内容签过名。",
    Finding.ROLLED_BACK: "回退：所呈版本早于当时持有的版本。",
    Finding.VERSION_SKIPPED: "跳版：缺少中间版本，无法判断。",
    Finding.EXPIRED: "过期：文件有效，但送达时已过有效期。",
}


def log(
    paths: Annotated[list[Path], typer.Argument(help="Folders and documents of the chain.", show_default=False)],
    *,
    fingerprint: Fingerprint = None,
    as_json: Json = False,
) -> None:
    """Show the history: what changed from version to version, and who signed each. Begins at version 1, or at the trusted fingerprint."""
    documents = membership_file.read_chain(paths)
    with on_every_signature():
        links = membership_file.believe(documents, fingerprint=digest_of(fingerprint), drafts=True)
        told = [_tell(links[at - 1] if at else None, link) for at, link in enumerate(links)]
    drafts = [one.fingerprint for one in documents if one.fingerprint not in {link.digest for link in links}]
    if as_json:
        print_json({"versions": told, "not_sufficiently_signed": drafts, "expired": _over(links[-1])})
        return
    for one in told:
        _print_version(one)
    for draft in drafts:
        print(f"not sufficiently signed, or before the first one shown: {grouped(draft)}")
    if _over(links[-1]):
        print("the newest version has EXPIRED; run `certmesh membership renew`")
    print_fingerprint(links[-1].digest)


def convict_file(
    exhibit: Annotated[Path, typer.Argument(help="A file that a node kept of a refused document.", show_default=False)],
    *,
    fingerprint: Annotated[
        str, typer.Option(help="The fingerprint of a version that you trust; spaces do not matter.", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """Judge a refused document from the file alone. Exit code 0: it is valid; 1: it was rightly refused, or the file proves nothing."""
    data = membership_file.read_exhibit(exhibit)
    trusted = digest_of(fingerprint) or ""
    with on_every_signature():
        verdict = convict(data, trusted)
    if as_json:
        print_json(_verdict_object(verdict, Exhibit.from_bytes(data)))
    else:
        _print_verdict(verdict, Exhibit.from_bytes(data))
    if verdict.bad:
        raise typer.Exit(1)


def fingerprint(
    document: Annotated[Path, typer.Argument(help="A membership document or an identity card.", show_default=False)],
    *,
    as_json: Json = False,
) -> None:
    """Print a document's or an identity card's fingerprint in digits and words, to be compared with other provinces by telephone."""
    try:
        digest = membership_file.read_signed(document).fingerprint
    except ConfigError:
        digest = membership_file.introduction(membership_file.read_card(document)).fingerprint
    if as_json:
        print_json({"fingerprint": digest})
    else:
        print_fingerprint(digest)


def digest_of(text: str | None) -> str | None:
    """A fingerprint as people write it: in groups, in capitals.

    Raises:
        ConfigError: it is none.
    """
    if text is None:
        return None
    digest = re.sub(r"[\s:]", "", text).lower()
    if not _HEX.fullmatch(digest):
        raise ConfigError("--fingerprint: 64 hexadecimal digits, as `certmesh membership fingerprint` prints them")
    return digest


def _over(link: Link) -> bool:
    return expired(link.membership, utc_now())


def _tell(before: Link | None, link: Link) -> dict[str, Any]:
    """One version as an object: what it changed, who signed it."""
    changed: tuple[Difference, ...] = () if before is None else differences(before.membership, link.membership)
    return {
        "version": link.membership.version,
        "issued": link.membership.issued,
        "expires": link.membership.expires,
        "fingerprint": link.digest,
        "threshold": link.membership.threshold,
        "members": list(link.membership.provinces),
        "changes": [{"what": one.what, "province": one.province, "sentence": one.sentence} for one in changed],
        "signatures": [counted_object(count) for count in counts(link.signed, link.membership, before)],
    }


def _print_version(one: dict[str, Any]) -> None:
    print(f"version {one['version']}, issued {one['issued']}, fingerprint {one['fingerprint']:.16}…")
    if not one["changes"]:
        print(f"  members: {', '.join(one['members'])}; {one['threshold']} sign the next version")
    for change in one["changes"]:
        if change["what"] not in {"version", "previous", "issued"}:
            print(f"  {change['sentence']}")
    for count in one["signatures"]:
        whose = f"version {count['members_of_version']}'s members"
        print(f"  signed by {', '.join(count['signed_by'])} of {whose} ({count['needed']} were needed)")


def _verdict_object(verdict: Verdict, exhibit: Exhibit) -> dict[str, Any]:
    return {
        "finding": verdict.finding.value,
        "guilty": list(verdict.guilty),
        "doubtful": list(verdict.doubtful),
        "signed_by": list(verdict.signed_by),
        "flaw": verdict.flaw,
        "version": verdict.version,
        "sentence": verdict.sentence,
        "claims": {"reason": exhibit.reason, "carried_by": exhibit.carried_by, "at": exhibit.at},
    }


def _print_verdict(verdict: Verdict, exhibit: Exhibit) -> None:
    print(f"结论：{FINDINGS[verdict.finding]}（{verdict.finding.value}）")
    print(f"文件版本：{verdict.version or '无法读出'}")
    print(f"有效签名的省份：{'、'.join(verdict.signed_by) or '无'}")
    print(f"由签名证实应负责的省份：{'、'.join(verdict.guilty) or '无'}")
    if verdict.doubtful:
        print(f"签名密钥其后已报失或泄露、不能据此认定责任的省份：{'、'.join(verdict.doubtful)}")
    print(f"依据：{verdict.sentence}")
    print(
        f"以下为保存方的陈述，不作为证据：拒收理由 {exhibit.reason or '未注明'}，"
        f"经 {exhibit.carried_by or '未注明'} 的连接送达，时间 {exhibit.at or '未注明'}。传递文件本身不构成责任。"
    )


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(log)
    app.command(name="convict")(convict_file)
    app.command()(fingerprint)
