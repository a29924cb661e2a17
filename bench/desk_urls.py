"""The product's addresses, and beside them the two bare pages that `bench/desk.py` measures against."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path


def bare(_request: HttpRequest) -> HttpResponse:
    """The least that somebody who is logged in can be answered."""
    return HttpResponse("ok", content_type="text/plain")


def frame(request: HttpRequest) -> HttpResponse:
    """The head of every page of staff with an empty page below; nothing of the clinic's work is asked."""
    return render(request, "admin/base_site.html", {**admin.site.each_context(request), "title": "Bare"})


urlpatterns = [
    path("admin/desk/bare/", bare),
    path("admin/desk/bare/frame/", frame),
    path("", include("clinic.urls")),
]
