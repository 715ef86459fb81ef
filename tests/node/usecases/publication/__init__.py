"""Publications among provinces: nothing but the lists, their exchange and a memory store of each node."""
