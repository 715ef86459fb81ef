"""What a node keeps of an application beside the contents that its log binds, and forgets with them. Clauses 8.5, 11.2; PIPL §47.

The sealed application with its consent, verdicts given and received, what searches named, reviews, answers that are kept for a retry,
addresses of files, and reports on files received. Not what shows that, when and for whom it was: entries, proofs, the holder's log, spent
uses, and the consent that was taken here, which other applications can rest on (`forgetting`). Copies of files under way go within the hour
by themselves.
"""

from collections import Counter
from datetime import datetime

from node.ports.reports import ReportOf
from node.ports.store import Nouns


def erase_beside(nouns: Nouns, subject: str, now: datetime) -> Counter[str]:
    """Forget all of it for good; how much of which kind. The caller puts it on record in the same unit.

    Files whose addresses go ("download") are swept by the caller.
    """
    gone = Counter(nouns.applications.erase(subject, now))
    gone["review"] += nouns.reviews.erase(subject)
    for exchange_id in {subject, *nouns.contents.exchanges(subject)}:
        gone["answer"] += nouns.exchanges.erase(exchange_id)
        gone["download"] += len(nouns.downloads.end(exchange_id))
        gone["report"] += nouns.reports.erase(ReportOf.RECEIVED, exchange_id)
    return +gone
