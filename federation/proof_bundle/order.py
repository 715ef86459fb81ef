"""In what order the entries of a use can have been written: by the places in each log, and by the times that their owners state. DESIGN §7.

Places in one log are exact. Times of two provinces are compared with the skew that messages may have (REQUIREMENTS 7.3): what is further
apart was never believed by an honest node.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from federation.proof_bundle.admission import Admission
from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.logs import Proven
from federation.proof_bundle.story import Use
from trust.envelope import MAX_SKEW


def check_seal_last(seal: Proven, entries: Iterable[Proven]) -> None:
    """What is sealed was there before the seal.

    Raises:
        FlawError: it was not.
    """
    for one in entries:
        _in_order((one, seal), seal)


def check_use(use: Use) -> None:
    """Asked, answered, arrived.

    Raises:
        FlawError: not in that order.
    """
    if use.asked is use.answered:  # a province's own
        return
    _in_order((use.asked, use.delivered, use.came))
    _in_order((use.asked, use.came))
    if use.answered is not use.delivered:
        _in_order((use.answered, use.delivered))


def check_admission(admission: Admission, use: Use) -> None:
    """The application came before its verdict, and that before the use that it allowed.

    Raises:
        FlawError: not in that order.
    """
    decided = admission.decided
    if admission.asked is not decided:
        _in_order((admission.asked, decided))
        _in_order((admission.asked, use.asked))
    _in_order((decided, use.asked), decided)
    _in_order((decided, use.answered), decided)


def _in_order(entries: Sequence[Proven], blamed: Proven | None = None) -> None:
    for before, after in pairwise(entries):
        part = (blamed or after).part
        if before.province == after.province and before.index >= after.index:
            raise FlawError(
                part, "条目在日志中的先后与事实不符", f"{before.part} stands behind {after.part} in one log"
            )
        if before.time > after.time + MAX_SKEW:
            raise FlawError(part, "条目所记时间的先后与事实不符", f"{before.part} is dated after {after.part}")
