"""What every collector starts from: the configuration as far as it can be read, the time, and what the running node says of itself."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from node import secret_files
from node.admin.client import AdminClient
from node.admin.paths import TOKEN_FILE
from node.config import Config, parse
from node.errors import ConfigError, NodeError

_ASK_S = 5.0


class NotCheckableError(NodeError):
    """A check cannot look, for the reason given; that is a finding of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`config` is None where the file cannot be used at all. `status` is None where no node answers; `silence` says why.

    `now` is the moment of the examination, which began at `began` (monotonic seconds).
    """

    path: Path
    config: Config | None
    config_problem: str
    now: datetime
    offline: bool
    status: Mapping[str, Any] | None
    ready: bool
    silence: str
    began: float

    @property
    def moment(self) -> datetime:
        """`now`, moved on by what the examination has taken so far: what a running node wrote meanwhile is not ahead of it."""
        return self.now + timedelta(seconds=time.monotonic() - self.began)

    @property
    def known(self) -> Config:
        """The configuration.

        Raises:
            NotCheckableError: there is none.
        """
        if self.config is None:
            raise NotCheckableError("the configuration cannot be read")
        return self.config

    @property
    def database(self) -> Path:
        """The store's file."""
        return self.known.node.data / "certmesh.db"

    def passphrase(self) -> bytes:
        """The keys' passphrase.

        Raises:
            ConfigError: there is none to be had here.
        """
        section = self.known.keys
        return secret_files.read_passphrase(
            file=section.passphrase_file,
            environment=section.passphrase_env,
            credential=section.passphrase_credential,
        )


def gather(path: Path, *, now: datetime, offline: bool) -> Context:
    """Read the configuration and ask the running node; neither has to be there."""
    config, problem, began = None, "", time.monotonic()
    try:
        config = parse(path)
    except ConfigError as error:
        problem = str(error)
    status, ready, silence = (None, False, "not asked") if config is None or offline else _ask(config)
    return Context(
        path=path,
        config=config,
        config_problem=problem,
        now=now,
        offline=offline,
        status=status,
        ready=ready,
        silence=silence,
        began=began,
    )


def _ask(config: Config) -> tuple[Mapping[str, Any] | None, bool, str]:
    """The running node's status, whether it takes requests, and why there is no answer."""
    try:
        token = (config.node.data / TOKEN_FILE).read_text()
    except (OSError, UnicodeDecodeError) as error:
        return None, False, f"its token cannot be read: {getattr(error, 'strerror', None) or 'not a text'}"
    try:
        client = AdminClient(f"http://{config.admin.listen}", token, timeout_s=_ASK_S)
        return client.status(), client.ready(), ""
    except NodeError as error:
        return None, False, str(error)
