"""Alarms about a peer's evidence log: the file is kept, told, counted, logged and put on record. DESIGN §2.7.

A file says that the log forked or went back (it convicts, `trust.fork`), or that it did not show that two of its heads fit (it does not;
the log is not believed until it does). Not here: seeing heads and having them shown (`usecases.heads`), other members (`accusations`).
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.exhibits import Exhibits
from node.usecases.record import Recorder, refusal_member
from trust.errors import EvidenceError
from trust.fork import Exhibit, convict
from trust.gm import PublicKey

WAITING = 64  # to be put on record
KEPT_OF_ONE_LOG = 8  # files that others show
_log = structlog.get_logger(__name__)


class LogAlarms:
    """Raises alarms, and hands out the entries about them. One per node, owned by its event loop."""

    def __init__(
        self, *, exhibits: Exhibits, recorder: Recorder, new_id: Callable[[], str], counted: Callable[[str], None]
    ) -> None:
        """`counted` is told the province of every alarm."""
        self._exhibits = exhibits
        self._recorder = recorder
        self._new_id = new_id
        self._count = counted
        self._waiting: deque[dict[str, Any]] = deque(maxlen=WAITING)
        self._tell: Callable[[Exhibit], None] = _nobody

    def spread(self, tell: Callable[[Exhibit], None]) -> None:
        """Have every file that is new here told to the other members."""
        self._tell = tell

    def convicted(self, exhibit: Exhibit, keys: Sequence[PublicKey], *, by: str = "") -> bool:
        """Raise the alarm over a file, if it convicts; `by` is the peer that showed it. Says whether it does.

        A log that is convicted already by as many files as are kept of one log gets no further one.
        """
        if not proves(exhibit, keys):
            return False
        beginning = exhibit_name(exhibit.province)
        if not self._exhibits.holds(_file_name(exhibit)) and self._exhibits.count(beginning) < KEPT_OF_ONE_LOG:
            self.raised(exhibit, by=by)
        return True

    def raised(self, exhibit: Exhibit, *, by: str = "") -> None:
        """Keep the file at once, have it told, and have it put on record with the next `put_on_record`."""
        name = _file_name(exhibit)
        fresh = False
        try:  # blocks for the milliseconds of a sync: there is one exhibit in the life of most nodes
            fresh = not self._exhibits.holds(name)
            kept = not fresh or self._exhibits.keep(name, exhibit.to_json())
        except OSError as error:
            kept = False
            _log.error("evidence.exhibit_not_kept", peer=exhibit.province, error=error.strerror)
        file = f"{name}.json" if kept else ""
        _log.error("evidence.forked", peer=exhibit.province, exhibit=exhibit.digest, file=file)
        self._count(exhibit.province)
        self._waiting.append(self._entry(exhibit, file, by))
        if fresh:
            self._tell(exhibit)

    def waiting(self) -> list[dict[str, Any]]:
        """The entries that are to be put on record."""
        return list(self._waiting)

    def recorded(self, entries: Sequence[dict[str, Any]]) -> None:
        """These are on record."""
        for one in entries:
            if one in self._waiting:
                self._waiting.remove(one)

    def _entry(self, exhibit: Exhibit, file: str, by: str) -> dict[str, Any]:
        said: dict[str, Any] = {"peer": exhibit.province, "exhibit": exhibit.digest, "file": file}
        if by:
            return self._recorder.entry(EventType.WITNESS, "told", self._new_id(), by=by, **said)
        refusal = refusal_member(Refusal(reason=Reason.LOG_FORKED))
        return self._recorder.entry(EventType.REFUSE, "forked", self._new_id(), refusal=refusal, **said)


def proves(exhibit: Exhibit, keys: Sequence[PublicKey]) -> bool:
    """Whether a file convicts the holder of one of these keys: a few verifications."""
    try:
        convict(exhibit, *keys)
    except EvidenceError:
        return False
    return True


def exhibit_name(province: str) -> str:
    """How the names of all files about a province's log begin; of all provinces for ""."""
    return f"fork-{province}-" if province else "fork-"


def _file_name(exhibit: Exhibit) -> str:
    return f"{exhibit_name(exhibit.province)}{exhibit.digest[:32]}"


def _nobody(_: Exhibit) -> None:
    """Nobody is told."""
