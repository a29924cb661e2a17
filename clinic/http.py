"""What the middleware learned about a request, for the desks."""

from django.http import HttpRequest

USER_AGENT_LENGTH = 300


def client_ip(request: HttpRequest) -> str:
    """The caller's IP address as `ClientAddressMiddleware` found it; empty behind a unix socket."""
    return str(getattr(request, "client_ip", ""))


def request_id(request: HttpRequest) -> str:
    """The id that stands in the log line of this request."""
    return str(getattr(request, "request_id", ""))


def user_agent(request: HttpRequest) -> str:
    """The browser's name for itself, shortened."""
    return request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH]
