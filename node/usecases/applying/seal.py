"""An application as this node stores it: sealed, because it holds the holder's code and name. Also a digest of what it asks.

Not what travels to peers (`federation.codec`).
"""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from federation.model.application import Application, AuthMode, Holder, Kind, Operator, Output
from node.ports.applications import OwnApplication
from node.vault import Vault

_ANY_TIME = datetime.min.replace(tzinfo=UTC)


def seal_application(vault: Vault, application: Application) -> bytes:
    """An application of our own counter, for storage."""
    return seal_as(vault, application, _label(application.apply_id))


def open_application(vault: Vault, own: OwnApplication) -> Application:
    """An application of our own counter, out of storage.

    Raises:
        DecryptionError: changed, or sealed by another node.
    """
    return open_as(vault, own.sealed, _label(own.apply_id))


def seal_as(vault: Vault, application: Application, label: bytes) -> bytes:
    """An application for storage at the place that `label` names."""
    return vault.seal(_written(application).encode(), label)


def open_as(vault: Vault, sealed: bytes, label: bytes) -> Application:
    """What `seal_as` made.

    Raises:
        DecryptionError: changed, moved, or sealed by another node.
    """
    return _read(json.loads(vault.open(sealed, label)))


def content_of(vault: Vault, application: Application) -> str:
    """A keyed digest (hex) of all that an application asks; only the time at which it was asked, and its salt, are left out."""
    return vault.digest("application content", _written(replace(application, requested_at=_ANY_TIME, salt=b"")))


def _written(application: Application) -> str:
    raw = asdict(application) | {
        "consent": application.consent.decode("latin-1"),
        "salt": application.salt.hex(),
    }
    return json.dumps(raw, ensure_ascii=False, default=datetime.isoformat)


def _read(raw: dict[str, Any]) -> Application:
    return Application(
        **{
            **raw,
            "operator": Operator(**raw["operator"]),
            "holder": Holder(**raw["holder"]),
            "type_codes": tuple(raw["type_codes"]),
            "auth_mode": AuthMode(raw["auth_mode"]),
            "outputs": tuple(Output(output) for output in raw["outputs"]),
            "fields": tuple(raw["fields"]),
            "requested_at": datetime.fromisoformat(raw["requested_at"]),
            "kind": Kind(raw["kind"]),
            "valid_until": _moment(raw["valid_until"]),
            "consent": raw["consent"].encode("latin-1"),
            "salt": bytes.fromhex(raw.get("salt", "")),
            "copy_expires": _moment(raw["copy_expires"]),
        }
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _label(apply_id: str) -> bytes:
    return b"application\x1f" + apply_id.encode()
