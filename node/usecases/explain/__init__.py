"""Explaining an exchange: the evidence entries of this node read as a timeline with fault, owner and next step. DESIGN §9, issue 6."""
