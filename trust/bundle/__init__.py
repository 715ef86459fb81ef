"""The container of a proof bundle: a zip of one form, so that every byte of it is either checked or wrong. DESIGN §7.

What the parts are and what they prove is not known here: `federation.proof_bundle`.
"""

from trust.bundle.zipped import MAX_BUNDLE_BYTES, MAX_NAME, MAX_PART_BYTES, MAX_PARTS, read_bundle, write_bundle

__all__ = ["MAX_BUNDLE_BYTES", "MAX_NAME", "MAX_PARTS", "MAX_PART_BYTES", "read_bundle", "write_bundle"]
