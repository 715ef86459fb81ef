"""The rules of `doctor`: facts in, findings out. No files, no clock, no network."""
