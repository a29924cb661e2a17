"""What every page behind a private link shares: opening the link, and one answer for links that open nothing."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views import View

from clinic import limits, links
from clinic.http import client_ip, speak

UNKNOWN_LINKS = limits.Limit(name="unknown_link", most=60, window=dt.timedelta(hours=1))
NO_ADDRESS = "unix"  # behind a socket there is no address: all share one bucket


class SeeOther(HttpResponseRedirect):
    """303: what was sent is done, now GET this."""

    status_code = 303


def sender(request: HttpRequest) -> str:
    """The network that asks, as the limits count it."""
    ip = client_ip(request)
    return limits.network_of(ip) if ip else NO_ADDRESS


def unknown_link(request: HttpRequest) -> HttpResponse:
    """The page for unknown, replaced and foreign links: the same for all. Guessers get 429 after a while."""
    allowed = limits.take(UNKNOWN_LINKS, sender(request))
    return render(request, "visit/unknown_link.html", status=404 if allowed else 429)


class PrivatePage(View):
    """Opens the link of its `purpose`; `load()` finds what it is about."""

    purpose = ""
    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, token: str, **kwargs: Any) -> HttpResponseBase:
        """Answer unknown links before anything else, then go to `get()` or `post()`."""
        if not hasattr(self, (request.method or "").lower()):
            return self.http_method_not_allowed(request)
        try:
            found = self.load(links.resolve(self.purpose, token))
        except links.LinkError:
            found = False
        if not found:
            return unknown_link(request)
        self.token = token
        speak(request, self.person_language())
        return super().dispatch(request, *args, **kwargs)

    def load(self, object_id: uuid.UUID) -> bool:
        """Find the object of the link; False when it is gone. Words come later: the language is not known yet."""
        raise NotImplementedError

    def person_language(self) -> str:
        """The language of whom the link is about: spoken where the browser chose none. Empty: not known."""
        return ""
