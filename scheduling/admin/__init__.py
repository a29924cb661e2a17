"""The schedule in the admin: rules are edited here, visits only through the services."""

from scheduling.admin import rules, visits, waiting

__all__ = ("rules", "visits", "waiting")
