"""Addresses of a sitting, once for each door: the private link, the clinic's tablet, staff who enter answers."""

from django.urls import URLPattern, path

from clinic.public import public
from intake.screening import pages
from intake.screening.pages.base import ENTRY, LINK, TABLET, SittingPage
from intake.screening.tablet import TabletDoneView, TabletStopView

PAGES: tuple[tuple[str, str, type[SittingPage]], ...] = (
    ("", "start", pages.StartView),
    ("in-person/", "in_person", pages.InPersonView),
    ("birthday/", "birthday", pages.BirthdayView),
    ("before/", "before", pages.BeforeView),
    ("english/", "english", pages.EnglishView),
    ("q/<str:key>/", "question", pages.QuestionView),
    ("all/<str:key>/", "list", pages.ListView),
    ("check/", "check", pages.CheckView),
    ("done/", "done", pages.DoneView),
    ("copy/", "copy", pages.CopyView),
)


def _by_door(door: str, head: str) -> list[URLPattern]:
    """Two doors are public; behind the third the pages ask for a login and a right."""
    found = []
    for tail, name, page in PAGES:
        view = page.as_view(purpose=door)
        found.append(path(head + tail, view if door == ENTRY else public(view), name=f"{door}_{name}"))
    return found


urlpatterns = [
    path("tablet/done/", TabletDoneView.as_view(), name="tablet_over"),
    path("q/<str:token>/", public(pages.ShortLinkView.as_view()), name="questions"),
    *_by_door(LINK, "screening/<str:token>/"),
    *_by_door(TABLET, "tablet/<str:token>/"),
    path("tablet/<str:token>/stop/", public(TabletStopView.as_view(purpose=TABLET)), name="tablet_stop"),
    *_by_door(ENTRY, "admin/screening/<uuid:token>/enter/"),
]
