"""In which language a public page speaks: what the person chose here, else what their browser asks for, else English.

Staff pages are English. The choice is kept in a cookie that says nothing but `en` or `es`.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes

from clinic.http import SWITCH, switches_language
from clinic.private import SeeOther

CODES = frozenset(code for code, _name in settings.LANGUAGES)
COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 60 * 60
QUERY = "lang"  # in a link: `?lang=es`


class LanguageMiddleware:
    """Activates the language for the request and remembers a choice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/admin/"):
            with translation.override(settings.LANGUAGE_CODE):
                return self.get_response(request)
        remembered = _remembered(request)
        # A form is sent to the address of its page: what was chosen since goes before a language that stands in it.
        chosen = "" if request.method == "POST" and remembered else _known(request.GET.get(QUERY, ""))
        request.language_is_chosen = bool(chosen or remembered)  # type: ignore[attr-defined]
        with translation.override(chosen or language_wished(request)):
            response = self.get_response(request)
            language = translation.get_language()
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        switched = _known(request.POST.get(SWITCH, "")) if getattr(request, "switches", False) else ""
        if chosen or switched:
            _remember(response, switched or chosen)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Runs before each view: the language button sends the form, and must never do what the form does."""
        if request.path_info.startswith("/admin/") or not switches_language(request):
            return None
        request.switches = request.language_is_chosen = True  # type: ignore[attr-defined]
        translation.activate(_known(request.POST[SWITCH]) or settings.LANGUAGE_CODE)
        behind = getattr(view, "view_class", view)
        return None if getattr(behind, "keeps_typed", False) else SeeOther(_address(request))


def language_wished(request: HttpRequest) -> str:
    """What the person chose here before, else what their browser asks for. Needs neither query nor body."""
    return _remembered(request) or translation.get_language_from_request(request)


def other_language(request: HttpRequest) -> dict[str, str] | None:
    """`code`, `name` and `address` of this page in the language it does not speak now; None on staff pages."""
    if request.path_info.startswith("/admin/"):
        return None
    code, name = next((code, name) for code, name in settings.LANGUAGES if code != translation.get_language())
    return {"code": code, "name": name, "address": _address(request, lang=code)}


def _address(request: HttpRequest, **changed: str) -> str:
    """The page's address with another query; a language that stood in it goes."""
    query = request.GET.copy()
    query.pop(QUERY, None)
    query.update(changed)
    path = escape_leading_slashes(escape_uri_path(request.path))  # as it came: `//elsewhere` would lead off our site
    return f"{path}?{query.urlencode()}" if query else path


def _remembered(request: HttpRequest) -> str:
    return _known(request.COOKIES.get(COOKIE, ""))


def _known(code: str) -> str:
    return code if code in CODES else ""


def _remember(response: HttpResponse, code: str) -> None:
    if response.has_header("Cache-Control"):
        patch_cache_control(response, private=True)  # no shared cache may hand the cookie to others
    response.set_cookie(
        COOKIE, code, max_age=COOKIE_SECONDS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
