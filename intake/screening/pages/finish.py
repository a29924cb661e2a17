"""The end of a sitting: look over the answers, send them, and what happens then."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.private import SeeOther
from intake.screening.flow import Step
from intake.screening.pages.base import ENTRY, TABLET, SittingPage, tablet_over
from intake.screening.sending import complete
from intake.screening.tongues import lang_attribute

ANSWERED = pgettext_lazy("a question", "Answered")
LEFT_EMPTY = _("Not provided")
NOT_SEEN = _("Not answered yet")


@dataclass(frozen=True)
class Line:
    """One answer on the page that shows them all."""

    step: Step
    texts: tuple[Any, ...]
    change_path: str
    is_open: bool
    is_ours: bool = True  # the words are the page's, not the questionnaire's


class CheckView(SittingPage):
    """GET shows what was answered, each with a link to change it. POST sends."""

    def guard(self) -> HttpResponse | None:
        stop = super().guard()
        if stop is None and not self.is_finished and self.sitting.needs_choice:
            return SeeOther(self.address_of("english"))
        return stop

    def show(self, request: HttpRequest) -> HttpResponse:
        """What this browser may see of it."""
        return self._page()

    def take(self, request: HttpRequest) -> HttpResponse:
        """Send. What has no answer yet is asked about once."""
        if self._open_count() and "anyway" not in request.POST and not self.is_finished:
            return self._page(asks=True, status=422)
        complete(screening=self.screening)
        if self.purpose == TABLET:
            return tablet_over(self.request, self.screening)
        return SeeOther(self.address_of("done"))

    def _open_count(self) -> int:
        return sum(step.entry is None for step in self.sitting.steps)

    def _page(self, *, asks: bool = False, status: int = 200) -> HttpResponse:
        parts: list[tuple[str, SafeString, list[Line]]] = []
        for step in self.sitting.steps:
            title = step.response.questionnaire.title
            if not parts or parts[-1][0] != title:
                parts.append((title, lang_attribute(step.language), []))
            parts[-1][2].append(self._line(step))
        return self.page(
            "check", status=status, parts=parts, asks=asks, open_count=self._open_count(),
            is_finished=self.is_finished, before_path=self.address_of("before"), crisis=self.crisis(),
            notes=self.notes_on(self.sitting.steps), has_unasked=self.purpose != ENTRY and self.sitting.has_unasked,
        )  # fmt: skip

    def _line(self, step: Step) -> Line:
        path = self.address_of("question", key=step.key) + "?check=1"
        if step.entry is None:
            return Line(step, (NOT_SEEN,), path, is_open=True)
        if not self.may_show(step):
            return Line(step, (ANSWERED,), path, is_open=False)
        texts = tuple(step.entry["texts"])
        return Line(step, texts or (LEFT_EMPTY,), path, is_open=False, is_ours=not texts)


class DoneView(SittingPage):
    """Thank you. No score, no level, nothing of what was said."""

    needs_identity = False

    def guard(self) -> HttpResponse | None:
        return None if self.is_finished else SeeOther(self.address_of("start"))

    def show(self, request: HttpRequest) -> HttpResponse:
        """What happens next, and how to change something while that is possible."""
        return self.page(
            "done",
            change_path=self.address_of("check") if self.is_resumable else "",
            copy_path=self.address_of("copy"),
            has_unasked=self.purpose != ENTRY and self.sitting.has_unasked,
            crisis=self.crisis(),
        )
