"""`certmesh doctor`: what is wrong with a node, or soon will be, whose it is, and what to do. DESIGN §9. Looks, and changes nothing.

Checks are plain functions over facts (`checks`); gathering the facts is apart from them (`collect`), so that a table of cases tests every
rule without a file. Each pair of them runs on its own (`run`): a node that is down and a folder that is half empty are what this is for,
so a check that cannot look says so and no other check suffers.
"""

from node.doctor.finding import Finding, Owner, State, exit_code, worst
from node.doctor.run import Examination, examine

__all__ = ["Examination", "Finding", "Owner", "State", "examine", "exit_code", "worst"]
