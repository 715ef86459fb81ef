"""What to try on a mesh that was left running: addresses, and commands that can be copied into a shell."""

import json
import sys
from pathlib import Path
from typing import Any

from node.library.invented import STORY_HOLDER
from node.rest import application, openapi, retrieval, search
from scripts._mesh.counter import Counter, demo_token
from scripts._mesh.mesh import Mesh
from scripts._mesh.options import ASKING
from scripts._mesh.report import named

_APPLY_ID, _FIRST_FOUND = '["applyId"]', '["dataList"][0]["certificateID"]'


def hints(mesh: Mesh, counter: Counter) -> str:
    """The text. Holder and token are invented; $APPLY and $FOUND are filled by the first two commands."""
    nodes = [
        f"{named(code)}  REST {mesh.url(code, 'rest')}  metrics {mesh.url(code, 'admin')}/metrics" for code in mesh.up
    ]
    return "\n".join(
        [
            *nodes,
            f"OpenAPI  {counter.url}{openapi.PATH}",
            "",
            "# the counter in Jiangsu: apply for an invented company, search, fetch a file, fetch face data",
            *_line_system(counter),
            "",
            "# the operator, and the holder's record",
            *_operator(mesh.folder.config(ASKING)),
            "",
            "Ctrl-C stops the mesh.",
        ]
    )


def _line_system(counter: Counter) -> list[str]:
    wish = {"applyId": "$APPLY", "certificateID": "$FOUND"}
    asked = {
        "applyId": "$APPLY",
        "certificateHolderCode": STORY_HOLDER.code,
        "certificateHolderTypeCode": STORY_HOLDER.type_code,
    }
    apply = _ask(counter, application.PATH, counter.application(STORY_HOLDER))
    find = _ask(counter, search.PATH, asked)
    return [
        f"APPLY=$({apply} | {_pick(_APPLY_ID)})",
        f"{find} | python3 -m json.tool --no-ensure-ascii",
        f"FOUND=$({find} | {_pick(_FIRST_FOUND)})",
        f"{_ask(counter, retrieval.FILE_PATH, wish)} -D - -o certificate.ofd",
        f"{_ask(counter, retrieval.DATA_PATH, wish)} | python3 -m json.tool --no-ensure-ascii",
    ]


def _ask(counter: Counter, path: str, data: dict[str, Any]) -> str:
    """A curl command; in double quotes, so that the shell fills in its variables."""
    body = json.dumps({"data": data}, ensure_ascii=False).replace('"', '\\"')
    headers = f"-H 'Authorization: Bearer {demo_token(counter.province)}' -H 'Content-Type: application/json'"
    return f'curl -s {headers} {counter.url}{path} -d "{body}"'


def _pick(member: str) -> str:
    """A command that prints one member of an answer's data."""
    return f"python3 -c 'import json, sys; print(json.load(sys.stdin)[\"data\"]{member})'"


def _operator(config: Path) -> list[str]:
    certmesh = Path(sys.executable).with_name("certmesh")
    return [
        f"{certmesh} status --config {config}",
        f"echo {STORY_HOLDER.code} | {certmesh} uses --config {config} --type-code {STORY_HOLDER.type_code}",
        f"{certmesh} evidence verify --config {config}",
    ]
