"""Addresses of the intake desk, to be included at the root."""

from django.urls import path

from intake.desk import safety
from intake.screening import urls as screening_urls
from intake.screening.staff import SittingsView
from intake.screening.tablet import HandOverView
from intake.views import ConsultationView

app_name = "intake"
urlpatterns = [
    path("consultation/", ConsultationView.as_view(next_purpose="time"), name="consultation"),
    path("admin/desk/safety/", safety.safety_list, name="safety"),
    path("admin/desk/safety/raise/<uuid:patient_id>/", safety.raise_concern, name="raise_concern"),
    path("admin/desk/safety/<uuid:item_id>/", safety.safety_item, name="safety_item"),
    path("admin/desk/safety/<uuid:item_id>/acknowledge/", safety.acknowledge, name="safety_acknowledge"),
    path("admin/desk/safety/<uuid:item_id>/attempt/", safety.record_attempt, name="safety_attempt"),
    path("admin/desk/safety/<uuid:item_id>/hand-over/", safety.hand_over, name="safety_hand_over"),
    path("admin/desk/safety/<uuid:item_id>/close/", safety.close, name="safety_close"),
    path("admin/screening/<uuid:screening_id>/tablet/", HandOverView.as_view(), name="hand_over_tablet"),
    path("admin/desk/sittings/<uuid:request_id>/", SittingsView.as_view(), name="sittings"),
    *screening_urls.urlpatterns,
]
