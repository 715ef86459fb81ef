"""The store's files under a process that is killed, or whose disk fails, at the n-th write, sync or rename; for every n. DESIGN §2.1, §7.

`tracer` stops a child at its system calls and injects, `scenario` is what the child does, `judge` reads what is left, `sweep` runs all
points in one process of its own. A lost page cache (power failure) is not simulated: what was written before the end is on the disk.
"""
