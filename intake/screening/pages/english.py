"""Questions that exist only in English, and a person who reads another language: the choice how to be asked."""

from django.http import HttpRequest, HttpResponse

from clinic.languages import ENGLISH
from clinic.private import SeeOther
from intake.models import Screening
from intake.screening.interpreting import choose_english, choose_interpreter
from intake.screening.pages.base import ENTRY, SittingPage
from intake.screening.tongues import spoken

INTERPRETER, IN_ENGLISH = "interpreter", "english"


class EnglishView(SittingPage):
    """GET asks, POST keeps the choice. It can be made again until the answers are sent."""

    def guard(self) -> HttpResponse | None:
        stop = super().guard()
        if stop is None and (self.is_finished or self.purpose == ENTRY):
            return SeeOther(self.way_on())
        return stop

    def show(self, request: HttpRequest) -> HttpResponse:
        """The choice; to who has none to make, the next question."""
        if not self.sitting.has_unasked:
            return SeeOther(self.way_on())
        return self.page("english", crisis=self.crisis())

    def take(self, request: HttpRequest) -> HttpResponse:
        """Keep it and go on with what can be asked here."""
        how = request.POST.get("how")
        if how == INTERPRETER and (spoken() != ENGLISH or self.screening.language != ENGLISH):
            language = self.screening.language if spoken() == ENGLISH else spoken()
            self.screening = choose_interpreter(screening=self.screening, language=language)
        elif how == IN_ENGLISH:
            self.screening = choose_english(screening=self.screening)
        self.sitting = self.sitting_now()
        if self.screening.status == Screening.Status.IN_PERSON:
            return SeeOther(self.address_of("in_person"))
        return SeeOther(self.way_on())
