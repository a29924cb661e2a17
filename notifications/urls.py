"""Addresses of the post room: the provider's callbacks, the unsubscribe page and the staff's pages about messages."""

from django.urls import path

from notifications import health_views, inbox_views, template_views, views, webhooks

app_name = "notifications"
urlpatterns = [
    path("webhooks/twilio/status/<uuid:message_id>/", webhooks.status, name="status"),
    path("webhooks/twilio/inbound/", webhooks.inbound_text, name="inbound"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("admin/desk/messages/inbox/", inbox_views.inbox_page, name="inbox"),
    path("admin/desk/messages/inbox/<uuid:inbound_id>/", inbox_views.ConversationView.as_view(), name="conversation"),
    path("admin/desk/messages/", health_views.unsent_page, name="unsent"),
    path("admin/desk/messages/<uuid:message_id>/again/", health_views.send_again, name="send_again"),
    path("admin/desk/messages/templates/", template_views.template_list, name="templates"),
    path(
        "admin/desk/messages/templates/<str:kind>/<str:channel>/<str:language>/<str:profile>/",
        template_views.TemplateView.as_view(),
        name="template",
    ),
]
