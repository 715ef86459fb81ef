"""Gathers the facts for `node.doctor.checks`: the only part that looks at files, ports and the running node. Judges nothing."""
