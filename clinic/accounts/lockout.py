"""What axes asks us: which address a try came from, and what to answer when an account is locked for it."""

import ipaddress
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clinic.http import client_ip
from clinic.limits import network_of


def account(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The account that a try is counted for: the address as typed, whatever its capitals."""
    typed = (credentials or {}).get("username") or (request.POST.get("username") if request else "") or ""
    return str(typed).replace("\x00", "").strip().lower()[:254]  # as much as the log holds


def network_address(request: HttpRequest) -> str | None:
    """The IPv4 address, or the first address of the IPv6 /64: one home or phone."""
    try:
        return str(ipaddress.ip_network(network_of(client_ip(request)), strict=False).network_address)
    except ValueError:
        return None


def locked(request: HttpRequest, *_response_and_credentials: Any) -> HttpResponse:
    """429, and when to come back. The account stays open from everywhere else."""
    wait = int(settings.AXES_COOLOFF_TIME.total_seconds())
    context = {**admin.site.each_context(request), "title": "Too many tries", "minutes": wait // 60}
    response = render(request, "account/too_many_tries.html", context, status=429)
    response["Retry-After"] = str(wait)
    return response
