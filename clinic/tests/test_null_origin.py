import pytest
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client
from django.urls import path

from clinic import urls
from clinic.public import public


@public
def form(request):
    return HttpResponse(get_token(request))


urlpatterns = [path("form/", form), *urls.urlpatterns]
pytestmark = pytest.mark.urls(__name__)


def _post(*, secure=True, token=True, **headers):
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/form/", secure=secure)
    return browser.post("/form/", {"csrfmiddlewaretoken": page.text if token else "x" * 64}, secure=secure, **headers)


@pytest.mark.parametrize("headers", [{"HTTP_SEC_FETCH_SITE": "same-origin"}, {}])
def test_form_on_a_no_referrer_page_may_be_sent(headers):
    assert _post(HTTP_ORIGIN="null", **headers).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_form_from_elsewhere_is_refused(site):
    assert _post(HTTP_ORIGIN="null", HTTP_SEC_FETCH_SITE=site).status_code == 403


@pytest.mark.django_db
def test_form_without_its_token_is_refused():
    assert _post(token=False, HTTP_ORIGIN="null", HTTP_SEC_FETCH_SITE="same-origin").status_code == 403


@pytest.mark.django_db
def test_form_from_another_origin_is_refused():
    assert _post(HTTP_ORIGIN="https://evil.example").status_code == 403


@pytest.mark.django_db
def test_blank_origin_never_acts_on_staff_pages():
    browser = Client(enforce_csrf_checks=True)
    browser.get("/admin/login/", secure=True)
    token = browser.cookies["csrf"].value

    answer = browser.post("/admin/login/", {"csrfmiddlewaretoken": token}, secure=True, HTTP_ORIGIN="null")

    assert answer.status_code == 403
