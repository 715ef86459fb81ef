"""What somebody presents, judged: a file, or the data on a paper. Clause 8.3."""
