"""The list managers' workshop: entries from draft to withdrawal by two persons, decisions on others' lines. Clauses 6.1 and 9.

Begin with `assembled`. How versions travel is `publication`'s matter.
"""
