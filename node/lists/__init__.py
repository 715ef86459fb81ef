"""The province's own lists as people write them: what a good entry is, and the files entries come in (TOML, CSV, XLSX).

`fields` says what an entry consists of; `rules` judges one entry and `across` a line against catalogues; `files` reads and writes whole
lists. Pure: bytes in, entries and problems out. Not the store, the publishing or the drafts (`node.usecases`), and not how an entry
of a peer is read (`federation.model`, which takes what it can). Clauses 6.2, 6.3 and 9; REQUIREMENTS §2, §3.1.
"""
