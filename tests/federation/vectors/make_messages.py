"""Makes messages.json: one message of each kind, every field set, from protobuf text format to bytes, without `federation.codec`.

Run `python -m tests.federation.vectors.make_messages` only to add a message: a line that changes is a wire that changes.
"""

import json
from pathlib import Path

from certmesh.v1 import (
    application_pb2,
    envelope_pb2,
    evidence_pb2,
    holder_pb2,
    membership_pb2,
    notice_pb2,
    objection_pb2,
    orders_pb2,
    publication_pb2,
    reconcile_pb2,
    retrieval_pb2,
    search_pb2,
    witness_pb2,
)
from google.protobuf import text_format

FILE = Path(__file__).with_name("messages.json")
_MODULES = (
    application_pb2,
    envelope_pb2,
    evidence_pb2,
    holder_pb2,
    membership_pb2,
    notice_pb2,
    objection_pb2,
    orders_pb2,
    publication_pb2,
    reconcile_pb2,
    retrieval_pb2,
    search_pb2,
    witness_pb2,
)
_SM3 = "0123456789abcdef0123456789abcdef"  # 32 bytes that read well in text format
_SIGNED_HEAD = f"""head {{ payload: "{{}}" key_id: "{_SM3}" signature: "{_SM3}{_SM3}" }}"""

_APPLICATION = """
        apply_id: "a1" use_list_id: "l1" use_list_version: 3 use_org_code: "o1" use_org_name: "政务服务中心"
        operator { account: "u1" name: "张三" role: "clerk" division: "310118" terminal: "t1"
          id_num_token: "k1" division_code: "dc" org_code: "oc" }
        use_cause: "cause" item_code: "i1" item_name: "item" business_code: "b1" biz_num: "n1" app_id: "app"
        holder { name: "李四" code: "c1" type_code: "111" } type_codes: "T1" type_codes: "T2" auth_mode: "DUTY"
        outputs: "FILE" outputs: "DATA" fields: "f1" fields: "f2" requested_ms: 1772366400123
        kind: "STANDING" valid_until_ms: 1772366400123 consent: "{}" copy_expires_ms: 1772366400123 delegate: "d1" """
_VERDICT = """
        apply_id: "a1" result: "REJECT" reasons { code: 201 reason: "USE_LIST_MISSING" detail: "l1" }
        reasons { code: 16 reason: "LIMIT_REACHED" retry_after_s: 60 } type_codes: "T1" outputs: "VERIFY" fields: "f1" use_code: "uc"
        expires_ms: 1772366400123 provider: "320000" """

MESSAGES = {
    "SubmitRequest": _APPLICATION,
    "SubmitAnswer": _VERDICT,
    "SearchRequest": f"""
        apply_id: "a1" holder {{ name: "n" code: "c" type_code: "001" }} type_codes: "T1" type_codes: "T2" number: "No 1"
        include_invalid: true application {{ {_APPLICATION} }}""",
    "SearchAnswer": f"""
        outcome: "DENIED" refusal {{ code: 211 reason: "USE_CODE_SPENT" detail: "d" }}
        items {{ identifier: "id" name: "nm" type_name: "tn" type_code: "tc" number: "no" area_code: "ac" issuer_name: "in"
          issuer_code: "ic" issued: "2025-06-01" valid_from: "2025-06-02" valid_until: "2035-06-01" status: "VALID"
          superseded_by: "id2" disputed: true }}
        catalogue_version: 7 truncated: true verdict {{ {_VERDICT} }}""",
    "DataRequest": """apply_id: "a1" use_code: "uc" identifier: "id" fields: "f1" fields: "f2" """,
    "DataAnswer": f"""
        refusal {{ code: 3 reason: "NO_RECORD" detail: "d" }} data: "{{}}" mask_digest: "{_SM3}" """,
    "FileRequest": """apply_id: "a1" use_code: "uc" identifier: "id" offset: 65536 original: true
        expires_ms: 1772366400123""",
    "FileHead": f"""
        refusal {{ code: 3 reason: "NO_RECORD" detail: "d" }} identifier: "id" size: 65537 sm3: "{_SM3}"
        original_sm3: "{_SM3}" format: "ofd" chunk_key: "0123456789abcdef" verdict: "VALID" """,
    "HolderCheckRequest": """holder { name: "李四" code: "c1" type_code: "111" } app_id: "app" """,
    "HolderCheckAnswer": """handle: "h1" expires_ms: 1772366400123 refusal { code: 103 reason: "HOLDER_CODE_INVALID" detail: "d" } """,
    "HolderUsesRequest": """
        holder { name: "李四" code: "c1" type_code: "111" } place: "COUNTER" app_id: "app" since_ms: 1772366400123
        until_ms: 1772366400123 operator: "ab" expression: "cd" exchanges: "e1" exchanges: "e2" """,
    "HolderUsesAnswer": f"""
        outcome: "OK" refusal {{ code: 3 reason: "NO_RECORD" detail: "d" }}
        uses {{ role: "PROVIDER" exchange_id: "e1" peer: "320000" at_ms: 1772366400123
          entry {{ index: 7 entry: "{{}}" proof: "{_SM3}" }} told {{ index: 8 entry: "[]" }}
          counterpart {{ entry: "{{}}" index: 9 path: "{_SM3}" checkpoint: "n" }}
          facts {{ consumer: "320000" certificate: "1…2" use_cause: "uc" }} }}
        truncated: true checkpoint: "note" salt: "{_SM3}" """,
    "OrdersPushRequest": """documents: "{}" documents: "[]" """,
    "OrdersPushAnswer": """reasons: "" reasons: "TOO_MANY" """,
    "OrdersPullRequest": f"""state: "{_SM3}" known: "0123456789abcdef" """,
    "OrdersPullAnswer": f"""state: "{_SM3}" documents: "{{}}" """,
    "VerifyRequest": """
        apply_id: "a1" use_code: "uc" identifier: "id" type_code: "tc" number: "no" holder_name: "hn"
        basic { name: "issueDate" value: "2025-06-01" }
        surface { name: "C1" value: "v1" } surface { name: "C2" value: "v2" }""",
    "VerifyAnswer": """refusal { code: 3 reason: "NO_RECORD" detail: "d" } result: 7""",
    "NoticeRequest": f"""event: "{{}}" certificate: "der" signature: "{_SM3}{_SM3}" """,
    "NoticeAnswer": """notice_id: "n1" fresh: true received_ms: 1772366400123""",
    "ObjectionTell": f"""documents: "{{}}" documents: "[]" salt: "{_SM3}" content: "{{}}" """,
    "ObjectionTold": """refusal { code: 3 reason: "NO_RECORD" detail: "d" } held: 3""",
    "CheckpointRequest": "",
    "CheckpointAnswer": """note: "a signed note" witnessed: "a cosigned note" """,
    "ProveRequest": """exchange_id: "e1" """,
    "ProveAnswer": f"""
        entries {{ index: 5 entry: "{{}}" proof: "{_SM3}" proof: "{_SM3}" }} entries {{ index: 6 entry: "[]" }}
        note: "a signed note" """,
    "TileRequest": """paths: "tile/0/000" paths: "tile/1/000.p/3" """,
    "TileAnswer": f"""tiles: "{_SM3}" tiles: "" """,
    "ConsistencyRequest": "old: 5 new: 7 whole: true others: 3 others: 6",
    "ConsistencyAnswer": f"""proof: "{_SM3}" proof: "{_SM3}" others {{ proof: "{_SM3}" }} others {{ }}""",
    "AddCheckpointRequest": f"""note: "a note" fits {{ size: 7 proof: "{_SM3}" proof: "{_SM3}" }} """,
    "AddCheckpointAnswer": """held: "a note" held: "another" """,
    "AccuseRequest": """exhibit: "{}" """,
    "AccuseAnswer": "proven: true",
    "ReconcileRequest": f"""
        describe {{ start {{ }} end {{ issued_ms: 1772366400123 prefix: "01" }} }}
        show {{ issued_ms: 5 answer: "{_SM3}" }}
        claims {{ element {{ issued_ms: 6 answer: "{_SM3}" }}
          own {{ entry: "{{}}" index: 5 path: "{_SM3}" checkpoint: "a signed note" }}
          kept {{ entry: "[]" index: 6 checkpoint: "another" }} }}
        admitted {{ element {{ issued_ms: 7 answer: "{_SM3}" }} finding: "MISSING" }}""",
    "ReconcileAnswer": f"""
        descriptions {{ parts {{ end {{ issued_ms: 8 }} count: 99 fingerprint: "0123456789abcdef" }}
          parts {{ end {{ issued_ms: 9 }} count: 1 elements {{ issued_ms: 8 answer: "{_SM3}" }} }} }}
        shown {{ element {{ issued_ms: 6 answer: "{_SM3}" }}
          own {{ entry: "{{}}" index: 5 path: "{_SM3}" checkpoint: "a signed note" }} }} shown {{ }}
        findings: "UNCONFIRMED" findings: "" """,
    "AnnounceRequest": f"""
        {_SIGNED_HEAD} delta {{ after: 1 chain: "{{}}" chain: "[]" puts: "{{}}" drops {{ id: "L2" version: 3 }} }}""",
    "AnnounceAnswer": f"""
        held {{ version: 1 digest: "{_SM3}" }} refusal {{ code: 210 reason: "VERSION_CONFLICT" detail: "d" }}""",
    "PullRequest": f"""held {{ version: 1 digest: "{_SM3}" }} until: 5 after {{ id: "L1" version: 2 }}""",
    "PullAnswer": f"""
        newest {{ version: 2 digest: "{_SM3}" }} {_SIGNED_HEAD}
        delta {{ after: 1 chain: "{{}}" puts: "{{}}" puts: "[]" drops {{ id: "L2" version: 3 }} }}
        next {{ id: "L3" version: 1 }}""",
    "AcknowledgeRequest": f"""
        head {{ version: 2 digest: "{_SM3}" }} received_ms: 1772366400123
        refusal {{ code: 210 reason: "VERSION_CONFLICT" detail: "d" }}""",
    "AcknowledgeAnswer": "",
    "PokeRequest": f"""head {{ version: 4 digest: "{_SM3}" }}""",
    "PokeAnswer": f"""held {{ version: 3 digest: "{_SM3}" }}""",
    "ChainRequest": "after_version: 3",
    "ChainAnswer": f"""head {{ version: 5 digest: "{_SM3}" }} documents: "{{}}" documents: "[]" """,
    "Envelope": """
        payload_type: "application/vnd.certmesh.v1.SearchRequest+protobuf" payload: "payload"
        proof { direct { key_id: "k1" signature: "signature" } }""",
    "EnvelopeByLog": f"""
        payload_type: "application/vnd.certmesh.v1.SearchRequest+protobuf" payload: "payload"
        proof {{ by_log {{ entry: "{{}}" index: 5 path: "{_SM3}" path: "{_SM3}" checkpoint: "a signed note" }} }}""",
    "Header": f"""
        protocol: 1 exchange_id: "e1" sender: "310000" recipients: "320000" recipients: "330000" issued_ms: 1772366400123
        expires_ms: 1772366520123 nonce: "0123456789abcdef" request_digest: "{_SM3}" """,
    "Payload": """
        header: "header" sealed { wraps { recipient: "320000" key_id: "k2" wrapped: "wrapped" } nonce: "0123456789ab"
          ciphertext: "ciphertext" }""",
    "FileFrame": f"""
        chunk {{ offset: 65536 nonce: "0123456789ab" sealed: "0123456789abcdef+" prefix_sm3: "{_SM3}" }}""",
}

_OTHER_FORMS = {"EnvelopeByLog": "Envelope"}


def build() -> dict[str, str]:
    """Hex by kind."""
    types = {name: kind for module in _MODULES for name, kind in module.DESCRIPTOR.message_types_by_name.items()}
    made = {}
    for kind, text in MESSAGES.items():
        message = types[_OTHER_FORMS.get(kind, kind)]._concrete_class()
        made[kind] = text_format.Parse(text, message).SerializeToString(deterministic=True).hex()
    return made


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), indent=1) + "\n", encoding="utf-8")
