"""One question a page, or one whole part: every POST is kept before anything else happens."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from clinic.http import as_typed, switches_language
from clinic.languages import ENGLISH
from clinic.private import SeeOther
from intake.models import Questionnaire, SafetyLevel, Screening
from intake.screening.clauses import exceeding_pairs
from intake.screening.flow import Place, Step, is_item_nine, is_positive, is_yes
from intake.screening.forms import ItemsForm, Limits
from intake.screening.items import Entry, shape_of
from intake.screening.pages.base import ENTRY, TABLET, Note, SittingPage, live_item
from intake.screening.saving import save_answers
from intake.screening.tongues import foreign_language, lang_attribute

FROM_CHECK = "check"


class QuestionView(SittingPage):
    """One question. `key` names it; Back leads to the one before, two tabs do not disturb each other."""

    is_list = False

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Keep the key of the address."""
        super().setup(request, *args, **kwargs)
        self.key = str(kwargs.get("key", ""))

    def guard(self) -> HttpResponse | None:
        stop = super().guard()
        if stop is None and not self.screening.whereabouts:
            return SeeOther(self.address_of("before"))
        if stop is None and self.request.method != "POST" and not self.is_finished and self.sitting.needs_choice:
            return SeeOther(self.address_of("english"))
        return stop

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """As every page. Who was gone so long that we ask who they are is not asked to say it all again."""
        stop = self.guard()
        if switches_language(request):
            return stop or self.show_typed(request)
        if stop is not None and self.screening.status == Screening.Status.IN_PROGRESS and self.is_resumable:
            self._keep_unknown(request)
        return stop or self.take(request)

    def _keep_unknown(self, request: HttpRequest) -> None:
        """Keep what is new, and every cry for help; nothing that stands is overwritten by somebody unknown."""
        step = self.sitting.step(self.key)
        if step is None or self._is_reworded(step, request):
            return
        entries = self._form(step, request).entries()
        new = {
            one.question.link_id: entries[one.question.link_id]
            for one in self._steps(step)
            if one.question.link_id in entries and (one.entry is None or _is_cry(one, entries[one.question.link_id]))
        }
        self._save(step, new)

    def show(self, request: HttpRequest) -> HttpResponse:
        """The question as it was last seen; one that is not asked any more leads on."""
        step = self.sitting.step(self.key)
        if step is None:
            return SeeOther(self.way_on())
        return self._page(step, self._form(step))

    def show_typed(self, request: HttpRequest) -> HttpResponse:
        """The question with what was chosen: in the other language where it exists in that and nothing is kept yet."""
        if not self.is_finished:
            self.speak()
        step = self.sitting.step(self.key) or self.sitting.unasked(self.key)
        return self._page(step, as_typed(self._form(step, request))) if step else SeeOther(self.way_on())

    def take(self, request: HttpRequest) -> HttpResponse:
        """Keep what can be read, then go on or say what to mend."""
        step = self.sitting.step(self.key) or self.sitting.unasked(self.key)
        if step is None:
            return SeeOther(self.way_on())
        if self._is_reworded(step, request):
            return self._page(step, as_typed(self._form(step, request)), status=422)
        form = self._form(step, request)
        self._keep(step, form)
        if not form.is_valid():
            return self._page(step, form, status=422)
        if request.POST.keys() & {"more", "remove"}:
            return SeeOther(self._here(step, "?more=1" if "more" in request.POST else ""))
        return SeeOther(self._next(step))

    def _is_reworded(self, step: Step, request: HttpRequest) -> bool:
        """Whether the page showed a version that asks otherwise than the one that stands now, as after a change of language.

        Then it is shown again: no answer is counted for a question that was not read.
        """
        shown = request.POST.get("asked", "")
        if not shown or shown == str(step.response.questionnaire_id):
            return False
        was = Questionnaire.objects.filter(pk=shown).first() if _form_key(shown) else None
        return was is None or shape_of(was.definition) != shape_of(step.response.questionnaire.definition)

    def _steps(self, step: Step) -> list[Step]:
        return [step]

    def _form(self, step: Step, request: HttpRequest | None = None) -> ItemsForm:
        steps = self._steps(step)
        return ItemsForm(
            [one.question for one in steps],
            request.POST if request else None,
            known={one.question.link_id: one.entry for one in steps if one.entry and self.may_show(one)},
            is_single=not self.is_list,
            spare_rows=1 if "more" in self.request.GET else 0,
            limits=self._limits(step),
            language=step.language,
        )

    def _limits(self, step: Step) -> Limits:
        """Answers of other pages are compared only where they may be shown here."""
        others = {
            one.question.link_id: one.entry for one in self.sitting.part(step) if one.entry and self.may_show(one)
        }
        pairs = exceeding_pairs(step.response.questionnaire.definition)
        return Limits(today=self.today, exceeding=pairs, others=others)

    def _keep(self, step: Step, form: ItemsForm) -> None:
        """Everything that could be read."""
        self._save(step, form.entries(without_row=self.request.POST.get("remove", "")))
        self.visitor.prefer_list(self.is_list)
        if not self.is_finished:
            self.speak()

    def _save(self, step: Step, entries: Mapping[str, Entry]) -> None:
        """Answers first; the session's marks, which hold none, follow."""
        if not entries:
            return
        save_answers(
            screening=self.screening,
            response=step.response,
            answers=entries,
            actor=self.actor,
            form_key=_form_key(self.request.POST.get("form_key", "")),
        )
        kept = [one.key for one in self._steps(step) if one.question.link_id in entries]
        self.visitor.remember(kept)
        self.sitting = self.sitting_now()

    def _next(self, step: Step) -> str:
        """The next question; after a change the page it was made from, unless the change asks more."""
        steps = self.sitting.steps
        if FROM_CHECK in self.request.GET or self.is_finished:
            return self._changed(step)
        place = next((place for place, one in enumerate(steps) if one.key == step.key), 0)
        if place + 1 < len(steps):
            return self.address_of("question", key=steps[place + 1].key)
        return self.way_on()

    def _changed(self, step: Step) -> str:
        opened = self.sitting.first_open()
        if opened is not None and (opened.is_follow_up or opened.response.pk == step.response.pk):
            return self.address_of("question", key=opened.key) + f"?{FROM_CHECK}=1"
        return self.address_of("check")

    def _here(self, step: Step, query: str = "") -> str:
        return self.address_of("list" if self.is_list else "question", key=step.key) + query

    def _back(self, step: Step) -> str:
        if FROM_CHECK in self.request.GET or self.is_finished:
            return self.address_of("check")
        before = self.sitting.before(step) if step in self.sitting.steps else None
        return self.address_of("question", key=before.key) if before else self.address_of("before")

    def _page(self, step: Step, form: ItemsForm, *, status: int = 200) -> HttpResponse:
        steps = self._steps(step)
        place = self.sitting.place(step) if step in self.sitting.steps else None
        follow_up = next((one for one in self.sitting.steps if one.is_follow_up), None)
        context = {
            "form": form,
            "step": step,
            "place": place,
            "progress": self._progress(step, place),
            "lang": lang_attribute(step.language),
            "back": self._back(step),
            "is_list": self.is_list,
            "other_way": self.address_of("question" if self.is_list else "list", key=step.key),
            "has_other_way": len(self.sitting.part(step)) > 1,
            "form_key": uuid.uuid4(),
            "interpreter_path": self._interpreter_path(step),
            "stop_path": self.address_of("stop") if self.purpose == TABLET else "",
            "crisis": self.crisis(),
            "is_crisis_open": follow_up is None or self._is_help_first(steps),
            "notes": self._notes(steps[0]),
        }
        return self.page("question", status=status, **context)

    def _interpreter_path(self, step: Step) -> str:
        """Where who reads another language asks for an interpreter instead of English."""
        is_foreign = foreign_language(step.language) == ENGLISH
        is_offered = is_foreign and self.purpose != ENTRY and not self.is_finished
        return self.address_of("english") if is_offered else ""

    def _progress(self, step: Step, place: Place | None) -> str:
        """Part 1 of 4 · Question 3 of 10; the last number only where no answer can change it."""
        if place is None:
            return ""
        part = gettext("Part %(part)s of %(parts)s") % {"part": place.part, "parts": place.parts}
        if step.is_follow_up:
            part = gettext("A few more questions")
        if self.is_list:
            return part
        number = gettext("Question %(number)s") % {"number": place.number}
        if place.total:
            number = gettext("Question %(number)s of %(total)s") % {"number": place.number, "total": place.total}
        return f"{part} · {number}"

    def _is_help_first(self, steps: list[Step]) -> bool:
        """Whether all of the help stands open on top: right after item 9, and right after the answer of an emergency.

        On later pages of an emergency a short block stands there, so that the question is in sight.
        """
        item = live_item(self.screening)
        is_emergency = item is not None and item.level == SafetyLevel.EMERGENCY
        if is_emergency and self.is_list:  # few pages, and long ones
            return True
        before = self.sitting.before(steps[0]) if steps[0] in self.sitting.steps else None
        if before is None:
            return False
        if is_emergency and before.is_follow_up:
            return is_yes(before.entry)
        return steps[0].is_follow_up and not before.is_follow_up

    def _notes(self, step: Step) -> list[Note]:
        """What the answers just given ask us to tell the person, such as when to call 911."""
        before = self.sitting.before(step) if step in self.sitting.steps else None
        if before is None or not self.may_show(before):
            return []
        return self.notes_on(self._steps(before))


class ListView(QuestionView):
    """All questions of one part on one page; each stays a question of its own, never a row of a table."""

    is_list = True

    def _steps(self, step: Step) -> list[Step]:
        return self.sitting.part(step) or [step]

    def _next(self, step: Step) -> str:
        if FROM_CHECK in self.request.GET or self.is_finished:
            return self._changed(step)
        return self.way_on()

    def _changed(self, step: Step) -> str:
        return super()._changed(step).replace(self.address_of("question", key=""), self.address_of("list", key=""))

    def _back(self, step: Step) -> str:
        own = self.sitting.part(step)
        before = self.sitting.before(own[0]) if own else None
        if before is None or FROM_CHECK in self.request.GET or self.is_finished:
            return super()._back(step)
        first = self.sitting.part(before)[0]
        return self.address_of("list", key=first.key)


def _is_cry(step: Step, entry: Entry) -> bool:
    return (is_item_nine(step.question) and is_positive(entry)) or (step.is_follow_up and is_yes(entry))


def _form_key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
