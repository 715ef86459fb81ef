"""How long to leave a peer alone after failures: exponential with equal jitter, cleared by an answer. Pure, no clock of its own.

Equal jitter (half of the ceiling is certain) after M. Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
"""

from random import Random

BASE_S = 0.5
CAP_S = 30.0
_EXPONENT_CAP = 16  # 2^16 half seconds is far beyond the cap; keeps the power small


def delay_s(failures: int, random: Random, *, cap_s: float = CAP_S) -> float:
    """Seconds to wait after this many failures in a row, at most `cap_s`; 0 for none."""
    if failures <= 0:
        return 0.0
    ceiling = min(cap_s, BASE_S * 2.0 ** min(failures - 1, _EXPONENT_CAP))
    return random.uniform(ceiling / 2, ceiling)
