"""The sheet as a tagged PDF (PDF/UA). Nothing is fetched from anywhere.

WeasyPrint is loaded when first asked for: it needs the Pango library of the machine, and a machine
without it must still serve every other page.
"""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from intake.errors import NoPdfError

SHEET = "static/css/review.css"


def pdf_of(context: dict[str, Any]) -> bytes:
    """The bytes; the template is the page's own, without the staff's frame around it. Raises NoPdfError."""
    try:
        weasyprint: Any = import_module("weasyprint")
    except (ImportError, OSError) as error:
        raise NoPdfError("PDFs cannot be made on this machine. Print the page instead.") from error
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())  # the sheet holds everything it shows
    page = weasyprint.HTML(string=render_to_string("admin/desk/review_print.html", context), url_fetcher=nothing)
    styles = [weasyprint.CSS(filename=settings.BASE_DIR / SHEET, url_fetcher=nothing)]
    made: bytes = page.write_pdf(stylesheets=styles, pdf_variant="pdf/ua-1", pdf_tags=True)
    return made
