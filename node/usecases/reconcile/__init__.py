"""Reconciliation: each pair of provinces compares the answers that both must have on record, and names what one of them lacks. Clause 8.5.

The log's witnesses show that a log only grew; that nothing was left out of it, or taken out of a log made anew, only the other party to an
exchange can tell. `ranges` cuts and sums, `walking` reads the index without holding the loop, `comparing` finds the difference, `claims`
proves it, `judging` says what is the matter, `rounds` runs it, `answering` is the other side, `own_log` reads this node's own log.
"""
