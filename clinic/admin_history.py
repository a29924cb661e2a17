"""The page *History* of a row that staff edit: what each save changed, and who did it. To read only."""

from typing import Any, ClassVar

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from clinic.admin_base import OwnFiltersAdmin
from clinic.history import Change, changes_of
from clinic.numbers import whole_number

SEEN = "seen_version"  # the copy that was the newest when the page was made


class Outdated:
    """Stands before a row's form when somebody saved the row since the page was made: says what, and saves nothing."""

    newer: ClassVar[list[Change]] = []

    def clean(self) -> Any:
        """What was typed stays in the form; saved again, it counts."""
        cleaned = super().clean()  # type: ignore[misc]  # of the form behind this
        for change in reversed(self.newer):
            what = "; ".join(f"{step.column}: {step.before} is now {step.after}" for step in change.steps)
            text = f"{change.by} changed this meanwhile. {what}"
            self.add_error(None, text)  # type: ignore[attr-defined]  # as above
        self.add_error(None, "Nothing is saved yet. See whether what you typed still fits, then save again.")  # type: ignore[attr-defined]
        return cleaned


class HistoryAdmin(OwnFiltersAdmin):
    """History from the copies of `clinic.history`, with those of the lines that stand on the same page.

    Not the library's own pages: those let whoever may look at a row save an older copy of it.
    """

    object_history_template = "admin/kept_history.html"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        """The form; behind `Outdated` when the page that is sent was made before somebody else saved."""
        form = super().get_form(request, obj, change=change, **kwargs)
        newer = self._newer(request, obj) if request.method == "POST" and obj is not None else []
        return type(form.__name__, (Outdated, form), {"newer": newer}) if newer else form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:  # fmt: skip
        obj = kwargs.get("obj")
        if obj is not None:
            context[SEEN] = self._copies(obj).order_by("-history_id").values_list("history_id", flat=True).first()
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _newer(self, request: HttpRequest, obj: Any) -> list[Change]:
        """What others saved since; nothing for who sends no version, as a script does."""
        seen = whole_number(request.POST.get(SEEN, ""))
        if seen is None:
            return []
        return [change for change in changes_of(self._copies(obj).filter(history_id__gte=seen)) if change.steps]

    def _copies(self, obj: Any) -> models.QuerySet[Any]:
        copies: models.QuerySet[Any] = self.model.history.filter(**{self.opts.pk.attname: obj.pk})
        return copies

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """404 when there is no such row, 403 for who may not see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row}",
            "changes": self._changes(row),
            "object": row,
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)

    def _changes(self, row: models.Model) -> list[Change]:
        found = changes_of(self._copies(row))
        for inline in self.inlines:
            if hasattr(inline.model, "history"):
                to_row = next(one for one in inline.model._meta.fields if one.related_model is self.model)  # noqa: SLF001
                found += changes_of(inline.model.history.filter(**{to_row.attname: row.pk}))
        return sorted(found, key=lambda change: change.at, reverse=True)
