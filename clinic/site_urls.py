"""Addresses of the public pages that belong to no desk."""

from django.urls import path

from clinic import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("safety/", pages.safety, name="safety"),
    path("privacy/", pages.privacy, name="privacy"),
    path("sms-terms/", pages.sms_terms, name="sms_terms"),
    path("accessibility/", pages.accessibility, name="accessibility"),
]
