"""Addresses for the tests of this desk: the product's, and a page that stands for the next desk's."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from clinic.public import public


@public
def next_page(_request: HttpRequest, token: str) -> HttpResponse:
    """Where a sent form leads."""
    return HttpResponse(token)


urlpatterns = [
    path("next/<str:token>/", next_page, name="next_page"),
    path("", include("intake.urls")),
    path("", include("clinic.urls")),
]
