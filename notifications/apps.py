"""The post room as a Django app."""

from django.apps import AppConfig

from clinic import triggers
from notifications import kinds


class NotificationsConfig(AppConfig):
    """Consent, outbox, delivery."""

    name = "notifications"
    verbose_name = "Messages"

    def ready(self) -> None:
        """Ledgers only grow; the required replies, the unsubscribe link and who may read are made known."""
        # They import models, so the app registry must be ready first.
        from clinic import links, roles  # noqa: PLC0415

        triggers.append_only("notifications_consent")
        triggers.append_only("notifications_deliveryevent")
        for name, label in (
            ("stop_reply", "Answer to STOP"),
            ("start_reply", "Answer to START"),
            ("help_reply", "Answer to HELP"),
        ):
            kinds.register(kinds.Kind(name=name, label=label, template=name))
        links.register("unsubscribe", "notifications:unsubscribe")
        readable = [
            f"notifications.view_{model}" for model in ("message", "consent", "deliveryevent", "inboundmessage")
        ]
        for role in roles.Role:
            roles.grant(role, readable)
