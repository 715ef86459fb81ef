"""The archive package of a use, for a line system's e-archive: proof, file, and an index in GB/T 36903's names. Clause 8.5.

    index.json, index.xml    the same index twice: the certificate's metadata, the copy's, the use, and the files
    proof.zip                the proof bundle (`federation.proof_bundle`), whole
    file.ofd                 the file that was handed out, where the proof has it: the same bytes as in there
    sm3sum.txt               SM3 of every file above, a line each

All but the proof follows from the proof: who verifies an archive makes it again and compares every byte (`verify_archive`). So an index
that says something else than the proof is found, and there is no second thing to believe.
"""

from federation.proof_archive.archive import ARCHIVE_PROOF, archive_of, proof_in, verify_archive
from federation.proof_archive.metadata import ITEMS, Item

__all__ = ["ARCHIVE_PROOF", "ITEMS", "Item", "archive_of", "proof_in", "verify_archive"]
