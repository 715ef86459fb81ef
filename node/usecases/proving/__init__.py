"""Making the one-file proof of a use, out of what this node and the other side hold. Clause 8.5; its form: `federation.proof_bundle`."""
