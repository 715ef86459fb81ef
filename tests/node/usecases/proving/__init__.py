"""Tests of `node.usecases.proving`."""
