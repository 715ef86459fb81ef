"""An evidence log in a folder of static files (`trust.tiles` says which), for auditors and courts: written, kept up and verified.

It is a copy for others: the node itself serves and proves out of its store. Besides the layout of C2SP tlog-tiles it holds the documents of
membership, so that whoever knows one fingerprint needs nothing else. Any server of static files may publish it.
"""

from node.log_folder.files import CHECKPOINT, MEMBERSHIP, WITNESSED, LogFolderError
from node.log_folder.reading import check_folder, read_checkpoint, read_note
from node.log_folder.writing import Exported, export_documents, export_log

__all__ = [
    "CHECKPOINT",
    "MEMBERSHIP",
    "WITNESSED",
    "Exported",
    "LogFolderError",
    "check_folder",
    "export_documents",
    "export_log",
    "read_checkpoint",
    "read_note",
]
