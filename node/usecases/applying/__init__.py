"""From an application to its verdicts: the consumer's side and the provider's. Clauses 7.2, 7.3."""
