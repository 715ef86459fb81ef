"""What tells whose a row is does not lie open in the database: letters, notices, consents and objections. Clause 8.4, DESIGN §2.8.

A handle is a pseudonym that anybody can make of a number who knows the mesh's fingerprint (`node.vault`). So who has the database alone
must find no handle, nor anything that can be compared with what is made of one: rows are found by a keyed digest and their contents are
sealed, both under the node's own master. `store` is a store that does so for everybody who writes and reads through it; `old_rows` catches
up with what an older program left. The evidence log is not rewritten: what its entries bind is salted where it is made.
"""
