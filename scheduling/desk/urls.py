"""Addresses of the desk's pages; they stand before the admin's own."""

from django.urls import path

from scheduling.desk.access import AccessDesk
from scheduling.desk.day import BlockView, HandOverView, OffSickView
from scheduling.desk.duplicates import DecideMatch, DuplicatesDesk, MergeDesk, UndoMerge
from scheduling.desk.move import MoveView
from scheduling.desk.next_list import ClaimView, DoneView, NextView
from scheduling.desk.openings import OpeningsDesk
from scheduling.desk.patient import PatientDesk
from scheduling.desk.phone import PhoneView
from scheduling.desk.reports import FormLinks, ReportsDesk
from scheduling.desk.request import RequestDesk
from scheduling.desk.requests import RequestsView
from scheduling.desk.search import SearchDesk
from scheduling.desk.today import TodayView, UndoStepView
from scheduling.desk.visit import CancelView, LinkView, NextStepView, StepView, VisitDesk
from scheduling.desk.waiting import make_offer, waiting_list
from scheduling.desk.week import WeekDesk

urlpatterns = [
    path("admin/desk/next/", NextView.as_view(), name="desk_next"),
    path("admin/desk/next/claim/", ClaimView.as_view(), name="desk_claim"),
    path("admin/desk/next/done/", DoneView.as_view(), name="desk_done"),
    path("admin/desk/requests/", RequestsView.as_view(), name="desk_requests"),
    path("admin/desk/requests/<uuid:request_id>/", RequestDesk.as_view(), name="desk_request"),
    path("admin/desk/today/", TodayView.as_view(), name="desk_today"),
    path("admin/desk/waiting/", waiting_list, name="waiting"),
    path("admin/desk/waiting/offer/", make_offer, name="waiting_offer"),
    path("admin/desk/phone/", PhoneView.as_view(), name="desk_phone"),
    path("admin/desk/duplicates/", DuplicatesDesk.as_view(), name="desk_duplicates"),
    path("admin/desk/duplicates/<uuid:match_id>/decide/", DecideMatch.as_view(), name="desk_decide_match"),
    path("admin/desk/duplicates/<uuid:match_id>/merge/", MergeDesk.as_view(), name="desk_merge"),
    path("admin/desk/duplicates/undo/<uuid:merge_id>/", UndoMerge.as_view(), name="desk_undo_merge"),
    path("admin/desk/reports/", ReportsDesk.as_view(), name="desk_reports"),
    path("admin/desk/reports/links/", FormLinks.as_view(), name="desk_form_links"),
    path("admin/desk/access/", AccessDesk.as_view(), name="desk_access"),
    path("admin/desk/openings/", OpeningsDesk.as_view(), name="desk_openings"),
    path("admin/desk/week/", WeekDesk.as_view(), name="desk_week"),
    path("admin/desk/search/", SearchDesk.as_view(), name="desk_search"),
    path("admin/desk/patients/<uuid:patient_id>/", PatientDesk.as_view(), name="desk_patient"),
    path("admin/desk/off-sick/", OffSickView.as_view(), name="desk_off_sick"),
    path(
        "admin/desk/cancel-day/",
        OffSickView.as_view(title="Cancel a clinician's day", first_reason=""),
        name="desk_cancel_day",
    ),
    path("admin/desk/hand-over/", HandOverView.as_view(), name="desk_hand_over"),
    path("admin/desk/block/", BlockView.as_view(), name="desk_block"),
    path("admin/desk/visits/<uuid:visit_id>/", VisitDesk.as_view(), name="desk_visit"),
    path("admin/desk/visits/<uuid:visit_id>/step/", StepView.as_view(), name="desk_step"),
    path("admin/desk/visits/<uuid:visit_id>/undo-step/", UndoStepView.as_view(), name="desk_undo_step"),
    path("admin/desk/visits/<uuid:visit_id>/cancel/", CancelView.as_view(), name="desk_cancel"),
    path("admin/desk/visits/<uuid:visit_id>/next-step/", NextStepView.as_view(), name="desk_next_step"),
    path("admin/desk/visits/<uuid:visit_id>/link/", LinkView.as_view(), name="desk_link"),
    path("admin/desk/visits/<uuid:visit_id>/move/", MoveView.as_view(), name="desk_move"),
]
