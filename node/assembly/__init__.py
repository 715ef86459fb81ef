"""A node's parts, put together group by group: each module makes one group out of those before it. Decides nothing itself.

`core`, what every part stands on · `links`, the way to the peers · `publishing`, the lists · `governance`, orders and membership ·
`admission`, who may ask what · `desks`, applications, consents, holders and reviews · `provider_side` and `consumer_side`, certificates
given out and fetched · `holder_side`, who used
a holder's certificates · `oversight`, what those see who look in · `peer_port`, what answers the peers. `node.daemon` calls them in turn.
"""
