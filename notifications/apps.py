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
        from clinic import links, roles, subjects  # noqa: PLC0415
        from notifications import purging  # noqa: PLC0415

        triggers.append_only("notifications_consent")
        triggers.append_only("notifications_deliveryevent")
        triggers.append_only("notifications_messagetemplate")
        for name, label, when in (
            ("stop_reply", "Answer to STOP", "Once, within five minutes of STOP"),
            ("start_reply", "Answer to START", "At once after START"),
            ("help_reply", "Answer to HELP", "At once after HELP"),
            ("not_monitored", "Answer to other texts, once a day", "After a text that a person must read"),
        ):
            kinds.register(kinds.Kind(name=name, label=label, template=name, when=when, basis="required_reply"))
        kinds.register(
            kinds.Kind(
                name="desk_reply",
                label="Answer written at the desk",
                template="desk_reply",
                is_editable=False,
                sample={"words": "Yes, there is parking behind the house."},
            )
        )
        subjects.register("notifications.inbound", "notifications:conversation")
        purging.register_rules()
        links.register("unsubscribe", "notifications:unsubscribe")
        readable = [
            f"notifications.view_{model}"
            for model in ("message", "consent", "deliveryevent", "inboundmessage", "messagetemplate")
        ]
        for role in roles.Role:
            roles.grant(role, [*readable, "notifications.view_providerhealth", "notifications.view_senderpace"])
            if role != roles.Role.AUDITOR:
                roles.grant(role, ["notifications.answer_inbox", "notifications.resend_message"])
        for role in (roles.Role.MANAGER, roles.Role.MEDICAL_DIRECTOR):
            roles.grant(role, ["notifications.add_messagetemplate"])
