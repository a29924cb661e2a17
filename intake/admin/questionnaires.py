"""The medical director edits a draft as text, sees what it changes, and signs. Nothing unsigned is used."""

import json
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from clinic.admin_base import OwnFiltersAdmin
from clinic.models import User
from clinic.roles import Role, has_role
from intake.errors import DefinitionError, NotSignableError
from intake.models import Questionnaire
from intake.screening import definitions
from intake.screening.clauses import placed_rules
from intake.screening.definition_text import text_of
from intake.screening.validation import problems

MOST_PROBLEMS = 20


class DefinitionField(forms.CharField):
    """A definition as JSON text; what is wrong with it is said with line and column, or the question's name."""

    widget = forms.Textarea(attrs={"rows": 40, "cols": 110, "spellcheck": "false", "class": "vLargeTextField"})

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else text_of(value)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return text
        try:
            found = json.loads(text)
        except json.JSONDecodeError as error:
            message = f"Line {error.lineno}, column {error.colno}: {error.msg}. Look at this place and the line above."
            raise forms.ValidationError(message) from error
        except RecursionError as error:
            raise forms.ValidationError("The brackets are nested too deeply.") from error
        wrong = problems(found)
        if wrong:
            raise forms.ValidationError([*wrong[:MOST_PROBLEMS]])
        return found


class QuestionnaireForm(forms.ModelForm):  # type: ignore[type-arg]
    """Only the definition and the note; version, title and the like stand in the definition."""

    definition = DefinitionField()

    class Meta:
        model = Questionnaire
        fields = ("definition", "change_note")

    def clean_definition(self) -> Any:
        """A version that is here already is refused beside the text, so that nothing typed is lost."""
        found = self.cleaned_data["definition"]
        key = {name: found[name] for name in ("url", "version", "language")}
        if Questionnaire.objects.filter(**key).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("version: this version is here already; write a higher one.")
        return found


@admin.register(Questionnaire)
class QuestionnaireAdmin(OwnFiltersAdmin):
    """Every version of every questionnaire, and who signed it."""

    form = QuestionnaireForm
    change_form_template = "admin/intake/questionnaire/change_form.html"
    list_display = ("title", "instrument", "version", "language", "status", "signed_by", "signed_at")
    list_filter = ("status", "instrument", "language")
    list_select_related = ("signed_by",)
    actions = None
    readonly_fields = ("title", "instrument", "version", "language", "status", "signed_by", "signed_at")
    fields = (*readonly_fields, "change_note", "definition")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<uuid:pk>/sign/", self.admin_site.admin_view(self.sign_view), name="intake_questionnaire_sign"),
            path("<uuid:pk>/new-version/", self.admin_site.admin_view(self.new_view), name="intake_questionnaire_new"),
        ]
        found: list[URLPattern] = super().get_urls()
        return [*own, *found]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Questionnaire | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Questionnaire | None = None) -> bool:
        is_open = obj is None or obj.status == Questionnaire.Status.DRAFT
        return is_open and bool(super().has_change_permission(request, obj))

    def get_fields(self, request: HttpRequest, obj: Questionnaire | None = None) -> tuple[str, ...]:
        """What cannot be edited is shown as text."""
        if self.has_change_permission(request, obj):
            return self.fields
        return (*self.readonly_fields, "change_note", "definition_text")

    def get_readonly_fields(self, _request: HttpRequest, _obj: Questionnaire | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "definition_text")

    @admin.display(description="Definition")
    def definition_text(self, questionnaire: Questionnaire) -> str:
        """The definition to read."""
        return text_of(questionnaire.definition)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        is_director = isinstance(request.user, User) and has_role(request.user, Role.MEDICAL_DIRECTOR)
        more = {**(extra_context or {}), "is_director": is_director}
        response: HttpResponse = super().change_view(request, object_id, form_url, more)
        return response

    def save_model(self, request: HttpRequest, obj: Questionnaire, form: Any, change: bool) -> None:  # noqa: FBT001
        """Through the front door, which a signature made meanwhile stops."""
        try:
            definitions.change_draft(draft_id=obj.pk, definition=obj.definition, change_note=obj.change_note)
        except (DefinitionError, NotSignableError) as error:
            obj.was_refused = True  # type: ignore[attr-defined]
            self.message_user(request, f"Not saved. {error}", messages.ERROR)

    def response_change(self, request: HttpRequest, obj: Questionnaire) -> HttpResponse:
        """No word of success after a refusal."""
        if getattr(obj, "was_refused", False):
            return HttpResponseRedirect(request.path)
        response: HttpResponse = super().response_change(request, obj)
        return response

    def sign_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """What the draft changes and every rule it holds; the button signs exactly that."""
        draft = get_object_or_404(Questionnaire, pk=pk)
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._sign(request, draft)
        page = {
            **self.admin_site.each_context(request),
            "title": f"Sign {draft}",
            "opts": self.opts,
            "draft": draft,
            "signed": definitions.current(draft.instrument, draft.language),
            "changes": [(line[:1], line) for line in definitions.changes(draft)],
            "rules": list(placed_rules(draft.definition)) if not problems(draft.definition) else [],
            "problems": problems(draft.definition),
        }
        return TemplateResponse(request, "admin/intake/questionnaire/sign.html", page)

    def _sign(self, request: HttpRequest, draft: Questionnaire) -> HttpResponse:
        digest = request.POST.get("digest", "")
        try:
            signed = definitions.sign(questionnaire_id=draft.pk, digest=digest, by=cast(User, request.user))
        except (NotSignableError, DefinitionError) as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.path)
        self.log_change(request, signed, f"Signed version {signed.version} and put it into use.")
        self.message_user(request, f"{signed} is signed and in use.", messages.SUCCESS)
        return redirect("admin:intake_questionnaire_change", signed.pk)

    @method_decorator(require_POST)
    def new_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """A draft of the next version; the one that stands already, when there is one."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        draft = definitions.new_draft(of=get_object_or_404(Questionnaire, pk=pk))
        self.log_change(request, draft, f"Draft {draft.version}.")
        return redirect(reverse("admin:intake_questionnaire_change", args=[draft.pk]))
