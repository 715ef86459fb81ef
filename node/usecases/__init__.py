"""The rules, one module per noun. Plain values and ports only: no transport, no SQL, no wire types.

Where a noun has two sides, each has its module: `applying.application` asks and `applying.verification` decides, `search.fused` asks and
`search.local` answers, `retrieval.consumer` asks and `retrieval.provider` hands out. Every effect is one unit of work that commits with its
evidence entry (DESIGN §2.1). `lists` reads the publications of all provinces, `exchange` is what all answers to peers have in common.

Packages: `publication` (how lists travel), `workshop` (who makes them), `admission` (what they admit), `consent`, `applying`, `search`,
`retrieval`, `presented` (files and papers that somebody shows), `explain`, `inquiry` (auditors).
"""
