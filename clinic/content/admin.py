"""Public texts in the admin: edit, preview, earlier versions."""

from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import get_language

from clinic import languages
from clinic.admin_base import OwnFiltersAdmin
from clinic.content import overview, texts
from clinic.content.admin_forms import ContentPageForm
from clinic.models import ClinicProfile, ContentPage, ContentVersion, User


class ContentVersionInline(admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable when running
    """Who saved what, newest first."""

    model = ContentVersion
    fields = ("at", "saved_by", "title", "body", "reviewed_on", "reviewed_by")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, _request: HttpRequest, _obj: ContentPage | None = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: ContentPage | None = None) -> bool:
        return False


@admin.register(ContentPage)
class ContentPageAdmin(OwnFiltersAdmin):
    """The texts the clinic wrote itself. Those that are not here are shown as shipped."""

    form = ContentPageForm
    list_display = ("title", "slug", "language", "reviewed_on", "reviewed_by", "updated_at")
    list_filter = ("slug", "language")
    save_on_top = True
    inlines = (ContentVersionInline,)
    change_list_template = "admin/clinic/contentpage/change_list.html"
    change_form_template = "admin/clinic/contentpage/change_form.html"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin from the shipped text, not from an empty page."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        slug = initial.get("slug", texts.SLOTS[0].slug)
        text = texts.shipped(slug, initial.get("language", languages.ENGLISH))
        begun = {"slug": slug, "title": text.title, "lede": text.lede, "body": text.body} if text else {}
        return {**begun, **initial}

    def save_model(self, request: HttpRequest, obj: ContentPage, form: Any, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        ContentVersion.objects.create(
            page=obj,
            title=obj.title,
            lede=obj.lede,
            body=obj.body,
            reviewed_on=obj.reviewed_on,
            reviewed_by=obj.reviewed_by,
            saved_by=cast(User, request.user),
        )
        if obj.language == languages.ENGLISH:
            behind = [
                one.name
                for slot in overview.shown_now()
                for one in slot.versions
                if one.is_behind and slot.slug == obj.slug
            ]
            for name in behind:
                self.message_user(
                    request,
                    f"The {name} text of this page is older than this one. Check that both say the same.",
                    messages.WARNING,
                )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """As Django's; the Preview button shows the page as people would see it and saves nothing."""
        if request.method == "POST" and "_preview" in request.POST and self.has_change_permission(request):
            return self._preview(request)
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return response

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """As Django's, below which text the public reads in each language."""
        names = [languages.NAMES[code] for code, _name in settings.LANGUAGES]
        context = {"shown_now": overview.shown_now(), "languages": names, **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def has_delete_permission(self, _request: HttpRequest, _obj: ContentPage | None = None) -> bool:
        return False

    def _preview(self, request: HttpRequest) -> HttpResponse:
        profile = ClinicProfile.current()
        language = request.POST.get("language", "")
        with translation.override(language if languages.is_spoken(language) else languages.ENGLISH):
            return self._as_shown(request, profile).render()

    def _as_shown(self, request: HttpRequest, profile: ClinicProfile) -> TemplateResponse:
        """The page in the language that is active."""
        typed = {name: texts.filled(request.POST.get(name, ""), profile) for name in ("title", "lede", "body")}
        text = texts.Text(
            language=get_language() or languages.ENGLISH,
            title=typed["title"],
            lede=typed["lede"],
            body=typed["body"],
        )
        context = {"text": text, "lede": texts.to_html(text.lede), "body": texts.to_html(text.body)}
        return TemplateResponse(request, "site/content.html", context)
