"""Addresses of the intake desk, to be included at the root."""

from django.urls import path

from intake.views import ConsultationView

app_name = "intake"
urlpatterns = [path("consultation/", ConsultationView.as_view(next_purpose="time"), name="consultation")]
