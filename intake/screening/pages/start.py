"""The first page of a sitting: a choice, not a duty."""

import uuid

from django.http import HttpRequest, HttpResponse

from clinic import links
from clinic.languages import ENGLISH
from clinic.private import PrivatePage, SeeOther
from intake.errors import ScreeningClosedError
from intake.models import Screening
from intake.screening import sittings
from intake.screening.flow import PACKS, minutes_for, published
from intake.screening.pages.base import ENTRY, LINK, TABLET, SittingPage
from intake.screening.tongues import spoken

MODES = {Screening.Mode.PHONE, Screening.Mode.PAPER}
Status = Screening.Status


class StartView(SittingPage):
    """Says what is asked, who reads it and how long it takes; or how things stand."""

    def guard(self) -> HttpResponse | None:
        return None

    def show(self, request: HttpRequest) -> HttpResponse:
        """The page for the state of the sitting."""
        status = self.screening.status
        if status == Status.WAIVED:
            return self.page("waived")
        if status == Status.COMPLETED:
            return SeeOther(self.address_of("done"))
        if not self.is_resumable:
            return self.page("too_late")
        if status in {Status.INVITED, Status.IN_PERSON} and self.purpose != ENTRY and not self._is_offered:
            return self.page("not_offered")
        minutes = minutes_for(self.screening.pack, self.screening.language if self.purpose == ENTRY else spoken())
        return self.page(
            "start",
            minutes=minutes,
            is_begun=status == Status.IN_PROGRESS,
            is_put_off=status == Status.IN_PERSON,
            in_person_path=self.address_of("in_person"),
            only_english=self._only_english,
        )

    @property
    def _only_english(self) -> bool:
        """Whether some of what comes does not exist in the language of the page."""
        language = spoken()
        if language == ENGLISH or self.purpose == ENTRY:
            return False
        found = published(PACKS[self.screening.pack], language)
        return any(one.language != language for one in found)

    @property
    def _is_offered(self) -> bool:
        return self.purpose == TABLET or self.profile.screening_on

    def take(self, request: HttpRequest) -> HttpResponse:
        """Begin, or go on."""
        if self.purpose != ENTRY and self.screening.status != Status.IN_PROGRESS and not self._is_offered:
            return SeeOther(self.address_of("start"))
        try:
            language = "" if self.purpose == ENTRY else spoken()
            self.screening = sittings.start(
                screening=self.screening, mode=self._mode(request), by=self.actor, language=language
            )
        except ScreeningClosedError:
            return SeeOther(self.address_of("start"))
        if not self.is_known or not sittings.known_date_of_birth(self.screening):
            return SeeOther(self.address_of("birthday"))
        return SeeOther(self.way_on() if self.screening.whereabouts else self.address_of("before"))

    def _mode(self, request: HttpRequest) -> str:
        if self.purpose == TABLET:
            return Screening.Mode.TABLET
        wanted = request.POST.get("mode", "")
        return wanted if self.purpose == ENTRY and wanted in MODES else self.screening.mode


class InPersonView(SittingPage):
    """I'd rather tell you in person."""

    def guard(self) -> HttpResponse | None:
        return None

    def show(self, request: HttpRequest) -> HttpResponse:
        """What that means, once it was chosen."""
        if self.screening.status != Status.IN_PERSON:
            return SeeOther(self.address_of("start"))
        return self.page("in_person", has_unasked=self.sitting.has_unasked)

    def take(self, request: HttpRequest) -> HttpResponse:
        """Leave it to the visit; the way back stays open."""
        sittings.tell_in_person(screening=self.screening)
        return SeeOther(self.address_of("in_person"))


class ShortLinkView(PrivatePage):
    """The address that stands in letters: short, and without a word that tells what is asked."""

    purpose = "questions"

    def load(self, object_id: uuid.UUID) -> bool:
        spoken_by = Screening.objects.filter(pk=object_id).values_list("language", flat=True).first() or ENGLISH
        self.path = links.path_for(LINK, object_id)
        if spoken_by != ENGLISH:  # as their letter; who chose a language in this browser meanwhile chooses again
            self.path += f"?lang={spoken_by}"
        return True

    def get(self, request: HttpRequest) -> HttpResponse:
        """On to the page itself."""
        return SeeOther(self.path)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Nothing is sent here."""
        return SeeOther(self.path)
