"""One page in Chinese that a clerk files: what the verification of a proof bundle found, as text, HTML and PDF. Clause 8.5, 10 (C10-7).

`sheet` decides what stands on the page, out of a `BundleVerdict` and nothing else; `text`, `html` and `pdf` lay it out. Nothing is verified
here, and nothing is read: who prints a page of a bundle that failed gets a page that says so.
"""

from node.paper.html import to_html
from node.paper.pdf import to_pdf
from node.paper.sheet import Section, Sheet, sheet_of
from node.paper.text import to_text

__all__ = ["Section", "Sheet", "sheet_of", "to_html", "to_pdf", "to_text"]
