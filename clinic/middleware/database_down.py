"""A page that waits for a broken or busy database says so, instead of a server error."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from clinic import failures


class DatabaseDownMiddleware:
    """Answers 503 when a view failed because of the database. Outside views `handler500` does the same."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Runs when a view or its template raised."""
        return failures.unavailable(request) if isinstance(error, failures.DATABASE_FAILURES) else None
