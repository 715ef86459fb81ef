"""Injected faults: each with its owner, its step and its next step, on both nodes where both know it. Issue 6, part 7."""
