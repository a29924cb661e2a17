"""The flags of a sitting as they stand: brought up to what was found now, never removed."""

import datetime as dt
from collections import Counter

from intake.models import Flag, Screening, ScreeningResponse
from intake.screening.findings import Found


def bring_flags(screening: Screening, response: ScreeningResponse, found: Found, *, now: dt.datetime) -> None:
    """Live flags become exactly what was found now; those that no longer hold are superseded, never removed.

    Where the rules could not be applied, nothing that stands is taken back.
    """
    wanted = Counter(
        (int(flag.level), flag.code, flag.question, flag.answer, flag.reason, flag.source) for flag in found.flags
    )
    for row in Flag.objects.filter(response=response, is_live=True):
        said = row.content
        mark = (row.level, row.code, said["question"], said["answer"], said["reason"], said["source"])
        if wanted[mark]:
            wanted[mark] -= 1
        elif found.is_whole:
            row.is_live, row.superseded_at = False, now
            row.save(update_fields=["is_live", "superseded_at", "updated_at"])
    for level, code, question, answer, reason, source in wanted.elements():
        content = {"question": question, "answer": answer, "reason": reason, "source": source}
        Flag.objects.create(screening=screening, response=response, level=level, code=code, content=content)
