"""The pages of a sitting. Each opens by three doors: the private link, the clinic's tablet, staff who enter answers."""

from intake.screening.pages.before import BeforeView
from intake.screening.pages.birthday import BirthdayView
from intake.screening.pages.copy import CopyView
from intake.screening.pages.english import EnglishView
from intake.screening.pages.finish import CheckView, DoneView
from intake.screening.pages.questions import ListView, QuestionView
from intake.screening.pages.start import InPersonView, ShortLinkView, StartView

__all__ = (
    "BeforeView",
    "BirthdayView",
    "CheckView",
    "CopyView",
    "DoneView",
    "EnglishView",
    "InPersonView",
    "ListView",
    "QuestionView",
    "ShortLinkView",
    "StartView",
)
