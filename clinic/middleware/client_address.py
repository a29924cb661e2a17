"""Who is calling, as far as it can be known: believes X-Forwarded-* from our own proxies only."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def _is_trusted(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in settings.TRUSTED_PROXIES)


def client_ip(request: HttpRequest) -> str:
    """The caller's IP: the last hop that is not one of our proxies."""
    hop = request.META.get("REMOTE_ADDR", "") or "0.0.0.0"  # noqa: S104 - a unix socket has no address
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    while chain and _is_trusted(hop):
        hop = chain.pop()
    try:
        return str(ipaddress.ip_address(hop))
    except ValueError:
        return str(request.META.get("REMOTE_ADDR", ""))


class ClientAddressMiddleware:
    """Sets `request.client_ip` and drops X-Forwarded-* headers that a stranger wrote."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_trusted(request.META.get("REMOTE_ADDR", "")):
            for name in ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST"):
                request.META.pop(name, None)
        request.client_ip = client_ip(request)  # type: ignore[attr-defined]
        return self.get_response(request)
