"""Tests of `node.usecases.inquiry`."""
