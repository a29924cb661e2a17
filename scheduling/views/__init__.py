"""The pages of patients: choosing a time, their visit, their link sent again."""

from scheduling.views.call_me import CallMeView
from scheduling.views.change import ChangeView
from scheduling.views.contact import ContactView
from scheduling.views.send_my_link import SendMyLinkView
from scheduling.views.time import TimeView
from scheduling.views.undo import UndoView
from scheduling.views.visit import CancelView, InviteView, VisitView

__all__ = (
    "CallMeView",
    "CancelView",
    "ChangeView",
    "ContactView",
    "InviteView",
    "SendMyLinkView",
    "TimeView",
    "UndoView",
    "VisitView",
)
