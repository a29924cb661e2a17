"""The editor of the words in messages: preview, length, linter, reset, history. Works without JavaScript."""

import json
from dataclasses import replace
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.http import require_safe

from clinic.models import User
from notifications import gsm7, kinds, rendering, wording
from notifications.errors import WordingError
from notifications.models import Channel, MessageTemplate
from notifications.rendering import Words
from notifications.wording import Place

VIEW = "notifications.view_messagetemplate"
EDIT = "notifications.add_messagetemplate"
WRITTEN = (Channel.SMS, Channel.EMAIL)  # what is said in a call does not change


class WordsForm(forms.Form):
    """What staff wrote."""

    subject = forms.CharField(required=False, max_length=200)
    body = forms.CharField(
        max_length=5000, strip=False, error_messages={"required": "Write the words, or bring the shipped ones back"}
    )

    @property
    def words(self) -> Words:
        """The words, line ends as everywhere."""
        body = self.cleaned_data["body"].replace("\r\n", "\n").replace("\x00", "").strip()
        return Words(body=body, subject=self.cleaned_data["subject"].strip())


@require_safe
@permission_required(VIEW, raise_exception=True)
def template_list(request: HttpRequest) -> HttpResponse:
    """Every kind and way, and whether the shipped words stand."""
    newest: dict[tuple[str, str, str, bool], MessageTemplate] = {}
    for line in MessageTemplate.objects.order_by("id").select_related("saved_by"):
        newest[(line.kind, line.channel, line.language, line.is_discreet)] = line
    rows = [
        {"kind": kind, "ways": [_way(kind, channel, is_discreet, newest) for channel, is_discreet in _ways(kind)]}
        for kind in kinds.registered()
        if kind.is_editable
    ]
    context = {**admin.site.each_context(request), "title": "Words in messages", "rows": rows}
    return render(request, "admin/desk/messages/templates.html", context)


@method_decorator(permission_required(VIEW, raise_exception=True), name="dispatch")
class TemplateView(View):
    """One text: GET shows it, POST previews, saves or resets."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the place, or there is none."""
        super().setup(request, *args, **kwargs)
        self.place = _place(kwargs)

    def get(self, request: HttpRequest, **_address: str) -> HttpResponse:
        """The words that stand."""
        return self._page(request, wording.current(self.place))

    def post(self, request: HttpRequest, **_address: str) -> HttpResponse:
        """`act`: preview, save or reset."""
        if not request.user.has_perm(EDIT):
            raise PermissionDenied
        by, act = cast(User, request.user), request.POST.get("act")
        if act == "reset":
            wording.reset(self.place, by=by)
            messages.success(request, "The shipped words stand again.")
            return redirect(request.path)
        form = WordsForm(request.POST)
        if not form.is_valid():
            found = [str(error) for errors in form.errors.values() for error in errors]
            typed = Words(body=request.POST.get("body", ""), subject=request.POST.get("subject", ""))
            return self._page(request, typed, found=found, status=422)
        found = wording.problems(self.place, form.words)
        if act != "save" or found:
            return self._page(request, form.words, found=found, status=422 if found else 200)
        wording.save(self.place, form.words, by=by)
        messages.success(request, "Saved. Messages that have not been written yet use these words.")
        return redirect(request.path)

    def _page(
        self, request: HttpRequest, words: Words, *, found: list[str] | None = None, status: int = 200
    ) -> HttpResponse:
        place, named = self.place, wording.names_for(self.place)
        english = replace(place, language=MessageTemplate.Language.ENGLISH)
        history = wording.history(place)
        try:
            shown = wording.preview(place, words)
        except WordingError:
            shown = None
        context = {
            **admin.site.each_context(request),
            "title": f"Words: {place.kind.label}",
            "place": place,
            "language": MessageTemplate.Language(place.language).label,
            "english": wording.current(english) if english != place else None,
            "is_behind": wording.is_behind(next(iter(history), None), next(iter(wording.history(english)), None)),
            "words": words,
            "found": found,
            "names": named,
            "samples": json.dumps(wording.longest(place, named)),
            "shown": shown,
            "size": gsm7.size(shown.body) if shown and place.channel == Channel.SMS else None,
            "history": history,
            "may_edit": request.user.has_perm(EDIT),
        }
        return render(request, "admin/desk/messages/template.html", context, status=status)


def _ways(kind: kinds.Kind) -> list[tuple[Channel, bool]]:
    return [
        (channel, is_discreet)
        for channel in WRITTEN
        if rendering.travels_by(kind, channel)
        for is_discreet in (False, True)
    ]


def _way(
    kind: kinds.Kind,
    channel: Channel,
    is_discreet: bool,  # noqa: FBT001 - a cell of the list
    newest: dict[tuple[str, str, str, bool], MessageTemplate],
) -> dict[str, Any]:
    lines = {language: newest.get((kind.name, channel, language, is_discreet)) for language in MessageTemplate.Language}
    return {
        "channel": channel,
        "profile": "discreet" if is_discreet else "plain",
        "languages": [
            (
                language,
                language.label,
                line if line is not None and not line.is_reset else None,
                wording.is_behind(line, lines[MessageTemplate.Language.ENGLISH]),
            )
            for language, line in lines.items()
        ],
    }


def _place(address: dict[str, Any]) -> Place:
    try:
        kind, channel = kinds.kind_named(address["kind"]), Channel(address["channel"])
    except (kinds.UnknownKindError, ValueError) as error:
        raise Http404 from error
    language, profile = address["language"], address["profile"]
    known = language in MessageTemplate.Language.values and profile in {"plain", "discreet"}
    if not (known and channel in WRITTEN and kind.is_editable and rendering.travels_by(kind, channel)):
        raise Http404
    return Place(kind=kind, channel=channel, language=language, is_discreet=profile == "discreet")
