"""Who used a holder's certificates, for what, when, across all provinces: for the holder. Clause 8.4, REQUIREMENTS 8.4, 8.5.

`index` notes each use beside its entry, in the unit of work that appends it · `consumer` does so for what our own units fetch · `telling`
lists what this province's log says of a holder · `answering` tells it to a peer · `limits` bounds how often · `asking` asks all provinces,
confronts those that contradict one another, and puts on record who leaves something out · `merging` makes one list of it.

The whole of what is found rests on the entries alone, and on `federation.holder_uses`.
"""
