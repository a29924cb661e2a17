"""The staff's side: the stock admin under our name."""

from django.contrib.admin import AdminSite


class ClinicAdminSite(AdminSite):
    """Titles of the staff pages. The desk's own pages hang here."""

    site_header = "Clinic desk"
    site_title = "Clinic desk"
    index_title = "Desk"
