"""By when an objection is to be answered: the fifth working day in Beijing after the owner has it. P5."""

from datetime import datetime

from node.library.working_days import WorkingDays
from node.usecases.admission.case import china_day

DAYS = 5  # working days for the answer (Wuxi's rule, REQUIREMENTS P5)


def due_from(calendar: WorkingDays, at: datetime) -> str:
    """The last day (ISO) for an answer to what the owner has since `at`."""
    return calendar.after(china_day(at), DAYS).day.isoformat()
