"""The scheduling desk as a Django app."""

from django.apps import AppConfig

from clinic import triggers


class SchedulingConfig(AppConfig):
    """Clinicians, hours, visits."""

    name = "scheduling"
    verbose_name = "Schedule"

    def ready(self) -> None:
        """The visit's history only grows."""
        triggers.append_only("scheduling_appointmentevent")
