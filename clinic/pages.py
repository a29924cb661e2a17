"""Pages that belong to no desk."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from clinic import brand, http
from clinic.content import texts
from clinic.frame import IN_SEARCH, alternates
from clinic.models import ClinicProfile
from clinic.public import public

CACHED_FOR = 300  # seconds a public page may be kept; an edited crisis line must show soon

GPC_SINCE = "2026-11-22"


def _page(template: str) -> Callable[[HttpRequest], HttpResponse]:
    """A public page that is the same for everybody and may be cached for a few minutes."""

    @public
    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        response = render(request, template)
        patch_cache_control(response, public=True, max_age=CACHED_FOR)
        return response

    return view


safety = _page("site/safety.html")
privacy = _page("site/privacy.html")
sms_terms = _page("site/sms_terms.html")
accessibility = _page("site/accessibility.html")


def _content(slug: str) -> Callable[[HttpRequest], HttpResponse]:
    """A public page whose text the clinic edits."""

    @public
    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        text = texts.text_of(slug)
        context = {"text": text, **_written(text, ClinicProfile.current())}
        response = render(request, "site/content.html", context)
        patch_cache_control(response, public=True, max_age=CACHED_FOR)
        return response

    return view


def _written(text: texts.Text, profile: ClinicProfile) -> dict[str, SafeString]:
    """First paragraph and body as HTML, with the clinic's name, phone and hours put in."""
    return {name: texts.to_html(texts.filled(getattr(text, name), profile)) for name in ("lede", "body")}


article = _content("safe")
about_consultation = _content("consultation")
faq = _content("faq")


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page; what it costs and who one meets are texts of the clinic."""
    profile = ClinicProfile.current()
    parts = {slug: texts.text_of(slug) for slug in ("cost", "team")}
    written = {
        slug: {"language": text.language, "title": text.title, **_written(text, profile)}
        for slug, text in parts.items()
    }
    response = render(request, "site/home.html", {"parts": written})
    patch_cache_control(response, public=True, max_age=CACHED_FOR)
    return response


@public
@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """Search engines read the public pages, and no private link."""
    closed = ("admin", "consultation", "visit", "screening", "send-my-link", "unsubscribe", "calendar", "webhooks")
    lines = [
        "User-agent: *",
        "Allow: /consultation/$",  # the form; what lies under it is somebody's own (RFC 9309: the longest rule counts)
        *(f"Disallow: /{path}/" for path in closed),
        f"Sitemap: {settings.PUBLIC_BASE_URL}/sitemap.xml",
    ]
    return _for_machines("\n".join(lines) + "\n", "text/plain")


@public
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The pages that a search engine may show."""
    pages = [alternates(reverse(name)) for name in IN_SEARCH]
    xml = render_to_string("site/sitemap.xml", {"pages": pages}, request)
    return _for_machines(xml, "application/xml")


@public
@require_safe
def theme(_request: HttpRequest) -> HttpResponse:
    """The clinic's color over ours."""
    color = ClinicProfile.current().brand_color
    if not color:
        raise Http404
    return _for_machines(render_to_string("site/theme.css", brand.shades(color)), "text/css")


@public
@require_safe
def logo(_request: HttpRequest) -> HttpResponse:
    """The clinic's drawing, checked when it was saved."""
    drawing = ClinicProfile.current().logo
    if not drawing:
        raise Http404
    return _for_machines(drawing, "image/svg+xml")


@public
@require_safe
def privacy_control(_request: HttpRequest) -> HttpResponse:
    """We honour Global Privacy Control (https://privacycg.github.io/gpc-spec/): there is nothing to switch off."""
    return JsonResponse({"gpc": True, "lastUpdate": GPC_SINCE})


@public
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every part of the design on one page, in development only."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "site/styleguide.html")


def _for_machines(text: str, kind: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    patch_cache_control(response, public=True, max_age=CACHED_FOR)
    return response


def _came_from_us(request: HttpRequest) -> bool:
    """Whether the form was ours: a stranger's site must not get its values behind our button."""
    site = request.headers.get("Sec-Fetch-Site", "")
    if site:
        return site == "same-origin"
    came_from = request.headers.get("Origin") or request.headers.get("Referer", "")
    return came_from not in {"", "null"} and urlsplit(came_from).netloc == request.get_host()


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain, keep what was typed, and let the person send it again to the same address.

    Staff pages and posts that another site started get the explanation only.
    """
    may_repeat = _came_from_us(request) and not request.path.startswith("/admin/") and not request.FILES
    typed = [
        (name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values
    ]
    context = {"typed": typed if may_repeat else [], "view_keeps_typed": http.view_keeps_typed(request)}
    response = render(request, "403_csrf.html", context, status=403)
    response["Cache-Control"] = "no-store"
    # With no-referrer the browser would send `Origin: null` with the second try, and that is refused too.
    response["Referrer-Policy"] = "same-origin"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort: no query, no context processor, a code that leads to our log."""
    return HttpResponse(render_to_string("500.html", {"request_id": http.request_id(request)}), status=500)
