"""What the use-cases need from the outside, as small protocols. The adapters are in `node.storage`, `node.library` and `federation`."""
