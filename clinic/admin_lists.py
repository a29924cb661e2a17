"""What the staff's lists share: open rows first, closing with a reason, the way to what a row is about."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinic import subjects

REASON_LENGTH = 200


class DefaultFilter(admin.SimpleListFilter):
    """A filter whose first choice, taken unless asked for another, is not everything."""

    default_label = ""

    def choices(self, changelist: Any) -> Any:
        """Django calls the first choice All; ours is not."""
        first, *others = super().choices(changelist)
        return [{**first, "display": self.default_label}, *others]

    def chosen(self, request: HttpRequest) -> str:
        """What was asked for; everything while searching, because who searches wants to find."""
        return self.value() or ("all" if request.GET.get("q") else "")


class OpenFilter(DefaultFilter):
    """What still needs somebody, unless asked for more."""

    title = "open or closed"
    parameter_name = "show"
    default_label = "Open"
    open_rows = Q(closed_at=None)

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [("closed", "Closed"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.chosen(request)
        if chosen == "all":
            return queryset
        return queryset.exclude(self.open_rows) if chosen == "closed" else queryset.filter(self.open_rows)


class ReasonActionForm(ActionForm):
    """Actions that close something ask why, or how it ended."""

    reason = forms.CharField(max_length=REASON_LENGTH, required=False, label="Why, or how it ended")


def reason_given(request: HttpRequest) -> str:
    """What was written beside the action; empty when nothing was."""
    return request.POST.get("reason", "").strip()[:REASON_LENGTH]


def chosen_rows(page: Any, request: HttpRequest, listed: QuerySet[Any]) -> QuerySet[Any]:
    """The rows that were ticked, also those that left the list meanwhile: somebody else was faster with them.

    Django's own drops these without a word.
    """
    if request.POST.get("select_across") == "1":
        return listed
    rows: QuerySet[Any] = page.get_queryset(request)
    return rows.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))


def link_to_subject(subject_ref: str) -> str | SafeString:
    """A link to the page of a subject; its plain name when it has none."""
    address = subjects.page_of(subject_ref)
    return format_html('<a href="{}">Open</a>', address) if address else subject_ref
