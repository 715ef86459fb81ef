"""Who used a holder's certificates, for what, when, across all provinces: for the holder. Clause 8.4, REQUIREMENTS 8.4, 8.5.

`index` notes each use beside its entry, in the unit of work that appends it · `consumer` does so for what our own units fetch · `telling`
lists what this province's log says of a holder · `answering` tells it to a peer · `limits` bounds how often · `questions` says what may be
asked, `asking` asks all provinces and confronts those that contradict one another, `judging` believes nothing but their logs, `omissions`
keeps who leaves something out · `rounds` is one asking under way, `merging` makes one list of it, `pages` keeps it for a while, `words`
says it.

The whole of what is found rests on the entries alone, and on `federation.holder_uses`.
"""
