"""The post room as a Django app."""

from django.apps import AppConfig

from clinic import triggers


class NotificationsConfig(AppConfig):
    """Consent, outbox, delivery."""

    name = "notifications"
    verbose_name = "Messages"

    def ready(self) -> None:
        """The ledgers only grow."""
        triggers.append_only("notifications_consent")
        triggers.append_only("notifications_deliveryevent")
