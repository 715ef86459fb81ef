"""The demonstration certificates of all provinces, made once for all tests that look at them."""

from functools import cache

from node.library.demo import DemoCertificate, SealCa, SealMaker, demo_certificates
from node.library.invented import PROVINCES

CA = SealCa.new()
PER_TYPE = 3


@cache
def everything() -> dict[str, tuple[DemoCertificate, ...]]:
    seals = SealMaker(CA)
    return {province: tuple(demo_certificates(province, seals, per_type=PER_TYPE)) for province in PROVINCES}


def all_certificates() -> list[DemoCertificate]:
    return [one for certificates in everything().values() for one in certificates]


def one_of_each_type() -> dict[str, DemoCertificate]:
    return {one.record.type_code: one for one in reversed(all_certificates())}
