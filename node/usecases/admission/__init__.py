"""Whether an application is admitted: the case, the ordered checks, the limits, and the same as a dry run. Clause 7.3.

Begin with `checks`. The verdict itself is `node.usecases.applying.verification`.
"""
