"""Addresses of the public pages that belong to no desk."""

from django.urls import path

from clinic import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("is-ketamine-safe/", pages.article, name="article"),
    path("about-the-consultation/", pages.about_consultation, name="about_consultation"),
    path("questions/", pages.faq, name="faq"),
    path("theme.css", pages.theme, name="theme"),
    path("logo.svg", pages.logo, name="logo"),
    path("styleguide/", pages.styleguide, name="styleguide"),
    path(".well-known/gpc.json", pages.privacy_control, name="privacy_control"),
    path("robots.txt", pages.robots, name="robots"),
    path("sitemap.xml", pages.sitemap, name="sitemap"),
    path("safety/", pages.safety, name="safety"),
    path("privacy/", pages.privacy, name="privacy"),
    path("sms-terms/", pages.sms_terms, name="sms_terms"),
    path("accessibility/", pages.accessibility, name="accessibility"),
]
