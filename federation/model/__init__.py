"""The records provinces exchange, one module per noun. Plain frozen values: no transport, no storage, no wire types."""
