"""The rules, one module per noun. Plain values and ports only: no transport, no SQL, no wire types.

Where a noun has two sides, each has its module: `application` asks and `verification` decides, `search` asks and `local_search` answers,
`retrieval` asks and `delivery` hands out. Every effect is one unit of work that commits with its evidence entry (DESIGN §2.1). `lists`
reads the publications of all provinces, `exchange` is what all answers to peers have in common. Three matters have packages: `publication`
(how lists travel), `workshop` (who makes them) and `admission` (what they admit).
"""
