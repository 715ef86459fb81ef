"""Auditors' questions to a node's own evidence log: what is asked, which entries answer, and whom they are about. Clause 8.5.

Reads the log and nothing else of the node. Not proofs (`certmesh evidence prove`), and not another province's log.
"""
