"""What every page of a sitting shares: its door, its guard, and what may be shown to whom."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from clinic import links
from clinic.access import record_access, subject_ref
from clinic.http import request_id, switches_language
from clinic.models import AccessEvent, ClinicProfile, User
from clinic.private import PrivatePage, SeeOther
from intake.models import Flag, FlagLevel, SafetyItem, Screening
from intake.safety import crisis_block
from intake.screening import holds, sittings
from intake.screening.findings import find
from intake.screening.flow import Sitting, Step, is_item_nine
from intake.screening.pages.visitor import Visitor
from intake.screening.tongues import foreign_language, spoken

SUBJECT = "intake.screening"
LINK, TABLET, ENTRY = "screening", "tablet", "entry"
MAY_ENTER = "intake.enter_answers"
PARTING, PARTING_SECONDS = "parting", 10 * 60


@dataclass(frozen=True)
class Note:
    """A plain sentence for the person; its language where the page has another one."""

    text: str
    foreign_language: str = ""


class SittingPage(PrivatePage):
    """`purpose` names the door. `show()` answers GET, `take()` POST, after `guard()` found nothing in the way.

    `show_typed()` answers who asks for the page in the other language: nothing that was typed is saved or judged.
    """

    keeps_typed = True
    purpose = LINK
    needs_identity = True
    screening: Screening

    def dispatch(self, request: HttpRequest, *args: Any, token: Any, **kwargs: Any) -> HttpResponseBase:
        """By link as every private page; staff by their login and the right to enter answers."""
        if self.purpose != ENTRY:
            return super().dispatch(request, *args, token=token, **kwargs)
        if not (request.user.is_authenticated and request.user.is_staff):
            return redirect_to_login(request.get_full_path(), "admin:login")
        if not request.user.has_perm(MAY_ENTER) or not self.load(token):
            raise PermissionDenied
        self.token = str(token)
        record_access(
            by=self.actor,
            action=AccessEvent.Action.READ,
            subject_ref=subject_ref(SUBJECT, token),
            request_id=request_id(request),
        )
        return View.dispatch(self, request, *args, **kwargs)

    def load(self, object_id: uuid.UUID) -> bool:
        """The sitting of the door; a tablet's link works only on the tablet that staff opened it on."""
        try:
            self.screening = sittings.screening_by_id(object_id)
        except Screening.DoesNotExist:
            return False
        self.visitor = Visitor(self.request.session, self.screening)
        return self.purpose != TABLET or self.visitor.is_on_tablet

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Shows; changes nothing."""
        return self.guard() or self.show(request)

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Keeps what was sent."""
        return self.guard() or (self.show_typed(request) if switches_language(request) else self.take(request))

    def show(self, request: HttpRequest) -> HttpResponse:
        """Answer a GET."""
        raise NotImplementedError

    def show_typed(self, request: HttpRequest) -> HttpResponse:
        """The page as it was; one with boxes shows what stands in them."""
        return self.show(request)

    def take(self, request: HttpRequest) -> HttpResponse:
        """Answer a POST."""
        return self.http_method_not_allowed(request)

    def guard(self) -> HttpResponse | None:
        """Where somebody goes who cannot be here now; None to go on."""
        if self.screening.status != Screening.Status.IN_PROGRESS and not self.is_finished:
            return SeeOther(self.address_of("start"))
        if not self.is_resumable:
            return SeeOther(self.address_of("start"))
        if self.needs_identity and not self.is_known:
            return SeeOther(self.address_of("birthday"))
        if self.needs_identity and self.purpose != ENTRY and holds.is_under_age(self.screening):
            return self.page("held", birthday_path=self.address_of("birthday"))
        return None

    @property
    def is_finished(self) -> bool:
        """Answers were sent; they can be changed for a while."""
        return self.screening.status == Screening.Status.COMPLETED

    @property
    def is_resumable(self) -> bool:
        """Whether this door still takes answers."""
        return self.purpose == ENTRY or sittings.is_resumable(self.screening, timezone.now())

    @property
    def is_known(self) -> bool:
        """Whether this browser gave the right date of birth, or staff opened the door."""
        return self.purpose == ENTRY or self.visitor.is_known

    @property
    def actor(self) -> User | None:
        """The member of staff who enters answers; None is the person."""
        user = self.request.user
        return user if self.purpose == ENTRY and isinstance(user, User) else None

    @cached_property
    def sitting(self) -> Sitting:
        """The questions and answers as they stand."""
        return self.sitting_now()

    def sitting_now(self) -> Sitting:
        """The same, read anew."""
        return Sitting(self.screening, by_staff=self.purpose == ENTRY)

    def speak(self) -> None:
        """The sitting follows the language that the person reads now; staff's pages are English and say nothing of it."""
        language = spoken()
        if self.purpose != ENTRY and self.screening.language != language:
            self.screening = sittings.speak(screening=self.screening, language=language)
            self.sitting = self.sitting_now()

    @cached_property
    def profile(self) -> ClinicProfile:
        """The clinic."""
        return ClinicProfile.current()

    def address_of(self, name: str, **kwargs: str) -> str:
        """The path of another page of this sitting, by the same door."""
        return reverse(f"intake:{self.purpose}_{name}", kwargs={"token": self.token, **kwargs})

    def may_show(self, step: Step) -> bool:
        """Whether an answer may be shown again: to who gave it in this browser, to staff, or once they know who it is."""
        return self.purpose == ENTRY or self.visitor.gave(step.key) or self.shows_everything

    @property
    def is_confirmed(self) -> bool:
        """Staff confirmed the date of birth, and this browser gave it."""
        return self.screening.dob_confirmed_at is not None and self.visitor.is_known

    @property
    def shows_everything(self) -> bool:
        """The same, on a device of their own: staff open the tablet, and the desk reads no answer."""
        return self.purpose != TABLET and self.is_confirmed

    def way_on(self) -> str:
        """The choice about English where it is due, the next question that was not seen, else the page to check them all."""
        if self.sitting.needs_choice:
            return self.address_of("english")
        step = self.sitting.first_open()
        if step is None:
            return self.address_of("check")
        return self.address_of("list" if self.visitor.wants_list else "question", key=step.key)

    def crisis(self) -> Any:
        """The crisis block, where an answer given here asks for it; None otherwise."""
        is_theirs = self.is_confirmed or any(
            self.visitor.gave(step.key)
            for step in self.sitting.every_step()
            if step.is_follow_up or is_item_nine(step.question)
        )
        if self.purpose == ENTRY or not is_theirs:
            return None
        urgent = Flag.objects.filter(screening=self.screening, is_live=True, level__gte=FlagLevel.URGENT)
        item = live_item(self.screening)
        if not urgent.exists():
            return None
        can_call = bool(self.screening.urgent_phone or self.screening.request.phone)
        return crisis_block(item=item, can_call=can_call, now=timezone.now())

    @property
    def today(self) -> dt.date:
        """The clinic's date."""
        return timezone.now().astimezone(self.profile.zone_info).date()

    def notes_on(self, steps: Sequence[Step]) -> list[Note]:
        """What the answers given here ask us to tell the person, such as when to call 911."""
        shown = [step for step in steps if step.entry and self.may_show(step)]
        texts = {(step.response.pk, step.question.text) for step in shown}
        responses = {step.response.pk: step.response for step in shown}
        flags = [(one, flag) for one in responses.values() for flag in find(one, one.answers, finished=False).flags]
        notes = (
            Note(flag.note, foreign_language(one.questionnaire.language))
            for one, flag in flags
            if flag.note and (one.pk, flag.question) in texts
        )
        return list(dict.fromkeys(notes))

    def page(self, name: str, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        """A page of the sitting."""
        shared = {
            "screening": self.screening,
            "door": self.purpose,
            "start_path": self.address_of("start"),
            "layout": "admin/base_site.html" if self.purpose == ENTRY else "base.html",
        }
        return render(self.request, f"screening/{name}.html", {**shared, **context}, status=status)


def live_item(screening: Screening) -> SafetyItem | None:
    """The person's safety item that nobody has closed."""
    return (
        SafetyItem.objects.filter(patient=screening.patient_id)
        .exclude(state=SafetyItem.State.CLOSED)
        .order_by("-level")
        .first()
    )


def tablet_over(request: HttpRequest, screening: Screening) -> HttpResponse:
    """The device forgets the sitting, its link is dead, and it shows a page that names nobody.

    While a call is open from this very sitting, where to get help stays until the person has put it away.
    """
    screening_id, item = screening.pk, live_item(screening)
    crisis = crisis_block(item=item, now=timezone.now()) if item and item.screening_id == screening_id else None
    request.session.flush()
    if crisis is not None:
        request.session[PARTING] = {"is_emergency": crisis.is_emergency, "will_call": crisis.will_call}
        request.session.set_expiry(PARTING_SECONDS)
    links.revoke(TABLET, screening_id)
    response = SeeOther(reverse("intake:tablet_over"))
    response["Clear-Site-Data"] = '"cache"'
    return response
