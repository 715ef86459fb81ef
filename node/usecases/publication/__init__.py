"""The province's lists among its peers: published, offered, taken, refused. Clause 6, DESIGN §5.

Begin with `exchanging`. Who may change what is the workshop's matter, what the lists admit is `admission`'s.
"""
