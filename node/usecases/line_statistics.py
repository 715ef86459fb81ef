"""How the lines of the use lists are used, day by day: what C9-6 asks of supervision. No personal data: line ids, words and days.

Noted in the units of work that decide. Words: CALL an application, PASS one that was admitted (at the consumer: somewhere), HIT and EMPTY
a search with and without a certificate, RETRIEVE a certificate handed over; everything else is the word of a refusal. One application that
several provinces refuse has a refusal of each. Reading is `line_report`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from node.ports.store import Nouns
from node.usecases.admission.case import china_day
from node.usecases.admission.limits import Side
from node.usecases.lists import Lists

CALL, PASS, HIT, EMPTY, RETRIEVE = "CALL", "PASS", "HIT", "EMPTY", "RETRIEVE"


def _uncounted(side: str, outcome: str) -> None:
    """No metrics are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Notes what becomes of the lines. `counted` is told (side, word), for the metrics."""

    lists: Lists
    clock: Callable[[], datetime]
    counted: Callable[[str, str], None] = _uncounted

    def note(self, nouns: Nouns, side: Side, consumer: str, use_list_id: str, *words: str) -> None:
        """One more of each word. A line that nobody published has no statistics: its id is whatever somebody wrote."""
        if not self.lists.line_versions(consumer, use_list_id):
            return
        now = self.clock()
        day = china_day(now)
        for word in words:
            nouns.line_statistics.note(side.value, consumer, use_list_id, day, word, now)
            self.counted(side.value, word)
