"""A counter's line system, as its province's node sees it: REST with a bearer token, the matter taken from the province's own use list."""

import base64
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from federation.model.application import Holder
from node.config import load
from node.lists import files
from node.ports.lists import Kind
from node.rest import application, outcomes, retrieval, search, verification
from scripts._mesh.errors import MeshError

OPERATOR = {"account": "yangli-win-0417", "name": "窗口样例员", "role": "经办人", "division": "综合窗口"}
"""The clerk of the demonstrations; invented."""
TIMEOUT_S = 90.0


def demo_token(province: str, app: str = "") -> str:
    """The token of the demonstration's line system, or of another `app` of it; nobody else may register it.

    config/four-provinces holds its SM3.
    """
    return f"demo-token-of-{app or province}-not-a-secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer, whole; `elapsed_s` is from the first byte sent to the last received."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_s: float

    @property
    def message(self) -> dict[str, Any]:
        """The head/data message of clause 12.

        Raises:
            MeshError: it is no such message, or a refusal; the refusal's own words are kept.
        """
        try:
            message: dict[str, Any] = json.loads(self.body)
            head = message["head"]
        except (ValueError, KeyError, TypeError) as error:
            raise MeshError(f"the node answered {self.status}, and not in the shape of clause 12") from error
        if head["status"] not in {"0", outcomes.PARTIAL}:
            raise MeshError(
                f"the node refused: {head['status']} {head['reason']} {head['detail']} ({head['nextStep']})"
            )
        return message

    @property
    def data(self) -> dict[str, Any]:
        """The message's data.

        Raises:
            MeshError: as `message`.
        """
        data: dict[str, Any] = self.message["data"]
        return data


class Counter:
    """One line system of one province, acting under one line of its use list."""

    def __init__(self, province: str, config: Path, *, line: int = 0, app: str = "") -> None:
        """Read address and matter from the province's configuration; `line` counts its use-list lines from 0, `app` as in `demo_token`."""
        loaded = load(config)
        self.province = province
        self.token = demo_token(province, app)
        self.url = f"http://{loaded.rest.listen}"
        self.deadline_s = loaded.search.deadline
        if loaded.lists.uselist is None:
            raise MeshError(f"{config}: lists.uselist is missing", province)
        self.line = files.founding(loaded.lists.uselist, Kind.USELIST, province)[line]

    def ask(self, path: str, data: Mapping[str, Any], *, key: str = "") -> Answer:
        """POST one message; `key` is its idempotency key.

        Raises:
            MeshError: no answer.
        """
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=TIMEOUT_S)
        start = time.monotonic()
        try:
            connection.request("POST", path, json.dumps({"data": data}), headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise MeshError(f"{self.url}{path}: no answer ({type(error).__name__})", self.province) from error
        finally:
            connection.close()
        return Answer(
            status=response.status,
            headers=dict(response.getheaders()),
            body=body,
            elapsed_s=time.monotonic() - start,
        )

    def application(self, holder: Holder) -> dict[str, Any]:
        """What `apply` sends: the matter of the line, for one holder."""
        line = self.line
        return {
            "useListId": line["use_list_id"],
            "itemCode": line["item_code"],
            "itemName": line["item_name"],
            "businessCode": line["business_code"],
            "operator": OPERATOR,
            "holderName": holder.name,
            "holderCode": holder.code,
            "holderTypeCode": holder.type_code,
            "certificateTypeCodes": line["type_codes"],
            "useCause": line["purpose"],
            "authMode": line["auth_mode"],
            "wantedOutputs": line["output_modes"],
            "wantedFields": line["allowed_fields"],
        }

    def apply(self, holder: Holder) -> Answer:
        """Apply for the line's types."""
        return self.ask(application.PATH, self.application(holder))

    def search(self, apply_id: str, holder: Holder) -> Answer:
        """Search under an application."""
        data = {
            "applyId": apply_id,
            "certificateHolderCode": holder.code,
            "certificateHolderTypeCode": holder.type_code,
        }
        return self.ask(search.PATH, data)

    def file(self, apply_id: str, identifier: str, *, key: str = "", original: bool = False) -> Answer:
        """Fetch a file, a usage copy or the original; it is the answer's body."""
        wish = {"applyId": apply_id, "certificateID": identifier, "deliver": "STREAM", "original": original}
        return self.ask(retrieval.FILE_PATH, wish, key=key)

    def verify(self, content: bytes) -> Answer:
        """Present a file to the verification service."""
        return self.ask(verification.PATH, {"content": base64.b64encode(content).decode()})

    def face(self, apply_id: str, identifier: str) -> Answer:
        """Fetch face data."""
        return self.ask(retrieval.DATA_PATH, {"applyId": apply_id, "certificateID": identifier})
