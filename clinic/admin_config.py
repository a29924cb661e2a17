"""Makes our admin site the default one."""

from django.contrib.admin.apps import AdminConfig


class ClinicAdminConfig(AdminConfig):
    """The stock admin with our site class."""

    default_site = "clinic.admin_site.ClinicAdminSite"
