"""The intake desk as a Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from clinic import subjects


class IntakeConfig(AppConfig):
    """Patients and consultation requests."""

    name = "intake"
    verbose_name = "Requests"

    def ready(self) -> None:
        """Say what each role may do here, and which letters we write."""
        from clinic import links, switches  # noqa: PLC0415 - models can be imported only now
        from intake import grants, guards, messages, openings, reviews, selectors  # noqa: PLC0415 - as above
        from intake.safety import alerts, moves, policy, readiness  # noqa: PLC0415 - as above
        from intake.screening import definitions  # noqa: PLC0415 - as above
        from notifications import kinds  # noqa: PLC0415 - as above

        guards.register_triggers()
        links.register("screening", "intake:screening_start")
        links.register("questions", "intake:questions")
        links.register("tablet", "intake:tablet_start")
        moves.register_triggers()
        post_migrate.connect(policy.ensure_after_migrate)
        post_migrate.connect(definitions.install_after_migrate)
        switches.register("screening_on", readiness.obstacles)
        grants.grant_desk()
        grants.grant_screening()
        kinds.register(messages.REQUEST_RECEIVED)
        kinds.register(messages.TRIED_TO_CALL)
        kinds.register(messages.QUESTIONS)
        kinds.register(alerts.ALERT)
        kinds.register(reviews.AGAIN)
        kinds.register(openings.OPENED)
        subjects.register(alerts.SUBJECT, "intake:safety_item")
        subjects.register(
            selectors.SUBJECT,
            "admin:intake_consultationrequest_change",
            search=lambda term: selectors.requests_matching(term).values_list("pk", flat=True),
        )
