"""Addresses of the post room: the provider's callbacks and the unsubscribe page."""

from django.urls import path

from notifications import views, webhooks

app_name = "notifications"
urlpatterns = [
    path("webhooks/twilio/status/<uuid:message_id>/", webhooks.status, name="status"),
    path("webhooks/twilio/inbound/", webhooks.inbound_text, name="inbound"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
