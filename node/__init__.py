"""One province's daemon: use-cases over ports, with gRPC and REST before them and storage behind them. DESIGN §3."""
