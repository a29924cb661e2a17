"""Addresses of the scheduling desk's public pages, at the root."""

from django.urls import path

from scheduling.views import (
    CallMeView,
    CancelView,
    ChangeView,
    ContactView,
    InviteView,
    SendMyLinkView,
    TimeView,
    UndoView,
    VisitView,
)

app_name = "scheduling"
urlpatterns = [
    path("consultation/<str:token>/time/", TimeView.as_view(), name="time"),
    path("consultation/<str:token>/time/call-me/", CallMeView.as_view(purpose="time"), name="call_me"),
    path("visit/<str:token>/", VisitView.as_view(), name="visit"),
    path("visit/<str:token>/cancel/", CancelView.as_view(), name="cancel"),
    path("visit/<str:token>/change/", ChangeView.as_view(), name="change"),
    path("visit/<str:token>/undo/", UndoView.as_view(), name="undo"),
    path("visit/<str:token>/messages/", ContactView.as_view(), name="messages"),
    path("visit/<str:token>/call-me/", CallMeView.as_view(purpose="visit"), name="visit_call_me"),
    path("visit/<str:token>/invite.ics", InviteView.as_view(), name="invite"),
    path("send-my-link/", SendMyLinkView.as_view(), name="send_my_link"),
]
