"""The operator's edge: health, metrics and commands on a loopback port of its own, and the client that the CLI uses. DESIGN §9."""
