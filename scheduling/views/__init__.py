"""The pages of patients (choosing a time, their visit, their link sent again) and of staff."""

from scheduling.views.calendar import CalendarView, calendar_address
from scheduling.views.call_me import CallMeView
from scheduling.views.change import ChangeView
from scheduling.views.contact import ContactView
from scheduling.views.earlier import EarlierView
from scheduling.views.holidays import holidays
from scheduling.views.offer import OfferView
from scheduling.views.send_my_link import SendMyLinkView
from scheduling.views.stranded import keep as keep_stranded
from scheduling.views.stranded import stranded
from scheduling.views.time import TimeView
from scheduling.views.undo import UndoView
from scheduling.views.video_link import video_link
from scheduling.views.visit import CancelView, InviteView, VisitView

__all__ = (
    "CalendarView",
    "CallMeView",
    "CancelView",
    "ChangeView",
    "ContactView",
    "EarlierView",
    "InviteView",
    "OfferView",
    "SendMyLinkView",
    "TimeView",
    "UndoView",
    "VisitView",
    "calendar_address",
    "holidays",
    "keep_stranded",
    "stranded",
    "video_link",
)
