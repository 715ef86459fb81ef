"""The facts that a verification tells, out of what it has proven. Nothing that was not proven gets in. See `verdict`."""

from typing import Any

from federation.proof_bundle.case import Case
from federation.proof_bundle.chain import Chain
from federation.proof_bundle.logs import Proven
from federation.proof_bundle.parts import WORDS, Manifest
from federation.proof_bundle.verdict import EntryFact, Membership, PartRow, Use


def part_rows(manifest: Manifest | None) -> tuple[PartRow, ...]:
    """The parts as the manifest lists them."""
    rows = manifest.rows if manifest else ()
    return tuple(
        PartRow(name=one.name, size=one.size, sm3=one.sm3, what=one.what.value, zh=WORDS[one.what]) for one in rows
    )


def entry_facts(entries: tuple[Proven, ...], seal: Proven | None) -> tuple[EntryFact, ...]:
    """The entries in order of their times; the seal last."""
    ordered = sorted(entries, key=lambda one: (one.time, one.province, one.index))
    return tuple(_entry(one) for one in (*ordered, *([seal] if seal else [])))


def _entry(one: Proven) -> EntryFact:
    return EntryFact(
        part=one.part,
        province=one.province,
        type=one.word("type"),
        step=one.word("step"),
        exchange=one.word("exchange"),
        index=one.index,
        time=one.time.isoformat(timespec="milliseconds"),
        size=one.head.size,
        root=one.head.root.hex(),
        key_id=one.certificate.fingerprint,
        witnessed=tuple((code, at.isoformat(timespec="seconds")) for code, at in one.seen),
    )


def membership_fact(chain: Chain | None, fingerprint: str) -> Membership | None:
    """On whose word the keys rest."""
    if chain is None:
        return None
    return Membership(
        trusted=fingerprint,
        trusted_version=chain.trusted.version,
        first=chain.links[0].version,
        last=chain.newest.version,
        issued=chain.newest.issued,
        names={one.province: one.name for one in chain.newest.members},
    )


def use_fact(case: Case) -> Use | None:
    """The use, as far as entries and opened contents tell."""
    manifest, use = case.manifest, case.use
    if manifest is None or use is None:
        return None
    said = use.answered
    fields = said.members.get("fields")
    line = case.published
    return Use(
        exchange=manifest.exchange,
        apply_id=said.word("apply"),
        consumer=manifest.consumer,
        provider=manifest.provider,
        certificate=said.word("certificate"),
        certificate_type=said.word("certificate_type"),
        output=said.word("output"),
        outcome=use.refusal or "OK",
        not_taken=use.not_taken,
        result=str(said.members["result"]) if type(said.members.get("result")) is int else "",
        asked=use.asked.time.isoformat(timespec="milliseconds"),
        answered=said.time.isoformat(timespec="milliseconds"),
        received=use.received.time.isoformat(timespec="milliseconds") if use.received else "",
        file_sm3=said.word("file"),
        original_sm3=said.word("original"),
        fields=tuple(map(str, fields)) if isinstance(fields, list) else (),
        use_list=line.line if line else "",
        use_list_version=line.version if line else 0,
        publication_version=line.head.version if line else 0,
        consent_sm3=case.admission.first("consent") if case.admission else "",
        opened=frozenset(case.opened),
        **_personal(case),
    )


def _personal(case: Case) -> dict[str, str]:
    """What only the opened application tells."""
    application = case.opened.get("application")
    if application is None:
        return {}
    plain = ("use_org_code", "use_org_name", "item_code", "item_name", "business_code", "biz_num", "use_cause")
    return {name: _text(application, name) for name in plain} | {
        "operator": _text(application, "operator", "name"),
        "holder_name": _text(application, "holder", "name"),
        "holder_code": _text(application, "holder", "code"),
    }


def _text(raw: Any, *names: str) -> str:
    """A text within a document; "" where there is none."""
    for name in names:
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw if isinstance(raw, str) else ""
