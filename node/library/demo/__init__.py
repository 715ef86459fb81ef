"""Demonstration certificates of the four provinces: invented records, realistic faces, and v4 seals under a test CA.

Product code (`certmesh demo-certificates`, the mesh script, tests), but never a source for production: type codes and holders are marked as
invented, every page says 样例, and the seals' CA is one that nobody may trust. `records` says what is certified, `forms` how each type
looks, `face` fills a form, `seals` seals it under the CA of `seal_ca`; `certificates` does all of it.
"""

from node.library.demo.certificates import DemoCertificate, demo_certificates, invent_for_file
from node.library.demo.records import STORY_PROVINCES, count_records
from node.library.demo.seal_ca import CERTIFICATE_NAME, SealCa, open_seal_ca
from node.library.demo.seals import SealMaker

__all__ = [
    "CERTIFICATE_NAME",
    "STORY_PROVINCES",
    "DemoCertificate",
    "SealCa",
    "SealMaker",
    "count_records",
    "demo_certificates",
    "invent_for_file",
    "open_seal_ca",
]
