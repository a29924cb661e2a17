"""Before a change of rules is kept that strands visits, the admin lists them and asks.

The change is made, looked at, and undone with its transaction unless somebody has said yes to exactly
these visits. What was typed stays in the form.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from clinic.admin_history import HistoryAdmin
from scheduling.stranding import Stranded, count_as_work, fingerprint, newly_stranded, stranded_visits

YES = "stranding_ok"
ASKED = "_stranded_by_this_change"


class WouldStrandError(Exception):
    """The change strands visits that nobody has agreed to strand. Undoes the transaction."""

    def __init__(self, found: list[Stranded]) -> None:
        super().__init__()
        self.found = found


def check_strands(request: HttpRequest, before: list[Stranded]) -> None:
    """Compare with how it was; raises WouldStrandError unless the form says yes to what is new."""
    found = newly_stranded(before, stranded_visits(with_kept=True))
    if found and request.POST.get(YES) != fingerprint(found):
        raise WouldStrandError(found)
    count_as_work(found)


def ask_context(found: list[Stranded]) -> dict[str, Any]:
    """What the list and its box need."""
    return {"stranded": found, "stranding_ok": fingerprint(found)} if found else {}


class AsksBeforeStranding(HistoryAdmin):
    """An admin whose rows are rules."""

    change_form_template = "admin/scheduling/rule_change_form.html"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - as Django calls it
        form = super().get_form(request, obj, change=change, **kwargs)
        found: list[Stranded] = getattr(request, ASKED, [])
        return _refusing(form, found) if found else form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        def show() -> HttpResponse:
            asked = ask_context(getattr(request, ASKED, []))
            return super(AsksBeforeStranding, self).changeform_view(
                request, object_id, form_url, {**(extra_context or {}), **asked}
            )

        return self._asking(request, show, lambda _found: show())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - as Django calls it
        super().save_related(request, form, formsets, change)
        check_strands(request, request.__dict__["_stranded_before"])

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._asking(
            request,
            lambda: super(AsksBeforeStranding, self).delete_view(request, object_id, extra_context),
            lambda found: self._ask(request, found),
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return self._asking(
            request,
            lambda: super(AsksBeforeStranding, self).changelist_view(request, extra_context),
            lambda found: self._ask(request, found),
        )

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        check_strands(request, request.__dict__["_stranded_before"])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        check_strands(request, request.__dict__["_stranded_before"])

    def _asking(
        self, request: HttpRequest, change: Callable[[], HttpResponse], ask: Callable[[list[Stranded]], HttpResponse]
    ) -> HttpResponse:
        if request.method != "POST":
            return change()
        request.__dict__["_stranded_before"] = stranded_visits(with_kept=True)
        try:
            with transaction.atomic():
                return change()
        except WouldStrandError as error:
            setattr(request, ASKED, error.found)
            return ask(error.found)

    def _ask(self, request: HttpRequest, found: list[Stranded]) -> HttpResponse:
        """A page of its own, where there is no form to show again; the request comes along."""
        typed = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name not in {YES, "csrfmiddlewaretoken"}
        ]
        context = {**self.admin_site.each_context(request), "title": "Visits would be left over", "typed": typed}
        return TemplateResponse(request, "admin/scheduling/ask_stranding.html", {**context, **ask_context(found)})


def _refusing(form: Any, found: list[Stranded]) -> type:
    """The same form with one more error, so that the admin shows everything again as it was typed."""

    class Refusing(form):  # type: ignore[misc]  # a class made by the admin
        def clean(self) -> None:
            super().clean()
            what = "1 visit lies" if len(found) == 1 else f"{len(found)} visits lie"
            raise ValidationError(
                f"Not saved yet: {what} outside the rules after this change. See the list, then tick the box "
                "under it to save, or change the rule."
            )

    return Refusing
