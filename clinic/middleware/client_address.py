"""Who is calling, as far as it can be known: believes X-Forwarded-* from our own proxies only."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_REQUEST_ID")


def _address(text: str) -> str:
    """The address in its one spelling, IPv4 inside IPv6 as IPv4; empty when it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def _is_trusted(text: str) -> bool:
    address = _address(text)
    return bool(address) and any(ipaddress.ip_address(address) in network for network in settings.TRUSTED_PROXIES)


def client_ip(request: HttpRequest) -> str:
    """The caller's IP: the last hop that is not one of our proxies; empty behind a unix socket."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if settings.TRUSTED_HOPS:
        hop = chain[-settings.TRUSTED_HOPS] if len(chain) >= settings.TRUSTED_HOPS else peer
        return _address(hop) or _address(peer)
    hop = peer
    while chain and _is_trusted(hop):
        hop = chain.pop()
    return _address(hop) or _address(peer)


class ClientAddressMiddleware:
    """Sets `request.client_ip` and drops the headers of proxies that a stranger wrote."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.TRUSTED_HOPS and not _is_trusted(str(request.META.get("REMOTE_ADDR", ""))):
            for name in FORWARDED:
                request.META.pop(name, None)
        request.client_ip = client_ip(request)  # type: ignore[attr-defined]
        return self.get_response(request)
