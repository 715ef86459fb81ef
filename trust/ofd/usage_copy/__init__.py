"""Usage copies (加注件): an original's pages under a visible watermark, made for one use and signed by the provider. DESIGN §2.6.

What a copy holds:

- every entry of the original under its own path, byte for byte; the original's OFD.xml moves to `UsageCopy/Original/OFD.xml`. Read with
  that in the place of OFD.xml and without what was added, the package is the original's again, and its signatures verify (`original`);
- beside each document root a new one, `UsageCopy_<n>.xml`, that names the same pages and one annotation file per page more (`documents`):
  the original's own annotations, its seals as Stamp annotations (`stamps`: the new OFD.xml no longer names the signatures that show them;
  a seal that is an OFD itself becomes a composite unit, `vectors`), and over them the watermark (`watermark`);
- a new OFD.xml with the document roots moved, the custom data of `terms`, and the copy's own list of signatures in `UsageCopy/Signs`;
- the provider's signature over every entry.

A copy does not hide its original: who holds it holds the issuer's entries too. It says who may use it for what, and proves who handed it
out.
"""
