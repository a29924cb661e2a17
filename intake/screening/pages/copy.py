"""What you told us: a copy for the person, once staff know that the date of birth is theirs."""

from django.http import HttpRequest, HttpResponse

from clinic.private import SeeOther
from intake.models import Screening
from intake.screening.pages.base import TABLET, SittingPage
from intake.screening.tongues import lang_attribute


class CopyView(SittingPage):
    """Questions and answers as they were shown; no score, no level."""

    def guard(self) -> HttpResponse | None:
        if self.purpose == TABLET or self.screening.started_at is None:
            return SeeOther(self.address_of("start"))
        return None if self.is_known else SeeOther(self.address_of("birthday") + "?to=copy")

    def show(self, request: HttpRequest) -> HttpResponse:
        """The answers, or why they are not shown yet."""
        if not (self.shows_everything or self.actor):
            return self.page("copy_later")
        lines = [
            (step, lang_attribute(step.language), step.entry["texts"]) for step in self.sitting.steps if step.entry
        ]
        return self.page("copy", lines=lines, is_waived=self.screening.status == Screening.Status.WAIVED)
