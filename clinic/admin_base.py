"""What the admin pages of every desk share: reading only, own filters only, writing down who looked."""

import re
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse

from clinic.access import record_access, subject_ref
from clinic.http import request_id
from clinic.models import AccessEvent, User
from clinic.private import SeeOther

NARROWED_BY = re.compile(r"(?P<name>[a-z_]+?)(?:__(?:id|pk))?(?:__(?:exact|in|gte|lt|isnull))?")


class OwnFiltersAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable when running
    """Lists narrow by their own filters only.

    Django lets the address name any column of the table: a search that nobody writes down
    (`?phone__contains=`), and a regular expression of the sender's making (`?name__regex=`).
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        narrowed = NARROWED_BY.fullmatch(lookup)
        names = {_name_of(entry) for entry in self.get_list_filter(request)}
        return bool(narrowed and narrowed["name"] in names and super().lookup_allowed(lookup, value, request))

    def response_action(
        self, request: HttpRequest, queryset: models.QuerySet[Any], *rest: Any, **named: Any
    ) -> HttpResponse | None:
        """As Django's, but an id that cannot be one is a row that is gone, no error of ours."""
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(chosen)
        except ValidationError:
            self.message_user(request, "What was chosen is not on this list. Choose again.", messages.WARNING)
            return SeeOther(request.get_full_path())
        answer: HttpResponse | None = super().response_action(request, queryset, *rest, **named)
        return answer


def _name_of(entry: Any) -> str:
    """How an entry of `list_filter` stands in the address."""
    return str(getattr(entry, "parameter_name", entry[0] if isinstance(entry, tuple) else entry))


class RecordedAdmin(OwnFiltersAdmin):
    """Every record opened and every search is written down before the page is made.

    Also when a sent form comes back with errors: it shows the record again.
    """

    subject_kind = ""  # as other desks name the rows; `app.model` unless said otherwise

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> models.Model | None:
        row: models.Model | None = super().get_object(request, object_id, from_field)
        if row is not None and self.has_view_permission(request, row):
            self._record(request, AccessEvent.Action.READ, subject_ref(self._kind(), row.pk))
        return row

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.GET.get("q") and self.has_view_permission(request):
            self._record(request, AccessEvent.Action.SEARCH, f"{self._kind()}:search")
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def _kind(self) -> str:
        return self.subject_kind or f"{self.opts.app_label}.{self.opts.model_name}"

    def _record(self, request: HttpRequest, action: AccessEvent.Action, subject: str) -> None:
        record_access(by=cast(User, request.user), action=action, subject_ref=subject, request_id=request_id(request))


class ReadOnlyAdmin(OwnFiltersAdmin):
    """A list and a page to read: ledgers, and what the system keeps for itself."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: models.Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, _request: HttpRequest, _obj: Any = None) -> list[str]:
        return [field.name for field in self.opts.fields if not self.exclude or field.name not in self.exclude]
