"""Addresses of the scheduling desk: the public pages at the root, the desk's own under /admin/desk/."""

from django.urls import path

from scheduling.desk.urls import urlpatterns as desk_urlpatterns
from scheduling.views import (
    CalendarView,
    CallMeView,
    CancelView,
    ChangeView,
    ContactView,
    EarlierView,
    InviteView,
    OfferView,
    SendMyLinkView,
    TimeView,
    UndoView,
    VisitView,
    calendar_address,
    holidays,
    keep_stranded,
    stranded,
    video_link,
)

app_name = "scheduling"
urlpatterns = [
    path("consultation/<str:token>/time/", TimeView.as_view(), name="time"),
    path("consultation/<str:token>/time/call-me/", CallMeView.as_view(purpose="time"), name="call_me"),
    path("consultation/<str:token>/time/earlier/", EarlierView.as_view(purpose="time"), name="earlier"),
    path("visit/<str:token>/", VisitView.as_view(), name="visit"),
    path("visit/<str:token>/cancel/", CancelView.as_view(), name="cancel"),
    path("visit/<str:token>/change/", ChangeView.as_view(), name="change"),
    path("visit/<str:token>/undo/", UndoView.as_view(), name="undo"),
    path("visit/<str:token>/messages/", ContactView.as_view(), name="messages"),
    path("visit/<str:token>/earlier/", EarlierView.as_view(purpose="visit"), name="visit_earlier"),
    path("visit/<str:token>/call-me/", CallMeView.as_view(purpose="visit"), name="visit_call_me"),
    path("visit/<str:token>/invite.ics", InviteView.as_view(), name="invite"),
    path("calendar/<str:token>.ics", CalendarView.as_view(), name="calendar"),
    path("offer/<str:token>/", OfferView.as_view(), name="offer"),
    path("admin/desk/calendar/<uuid:clinician_id>/", calendar_address, name="calendar_address"),
    path("send-my-link/", SendMyLinkView.as_view(), name="send_my_link"),
    path("admin/desk/holidays/", holidays, name="holidays"),
    path("admin/desk/visits/<uuid:visit_id>/video/", video_link, name="video_link"),
    path("admin/desk/stranded/", stranded, name="stranded"),
    path("admin/desk/stranded/<uuid:visit_id>/keep/", keep_stranded, name="keep_stranded"),
    *desk_urlpatterns,
]
