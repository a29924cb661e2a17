"""The intake desk as a Django app."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Patients and consultation requests."""

    name = "intake"
    verbose_name = "Requests"
