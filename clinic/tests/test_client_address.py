import pytest
from django.http import HttpResponse

from clinic import environment
from clinic.middleware.client_address import ClientAddressMiddleware


@pytest.fixture
def seen(rf, settings):
    def run(*, proxies=(), **headers):
        settings.TRUSTED_PROXIES, settings.TRUSTED_HOPS = environment.trusted_proxies(list(proxies))
        request = rf.get("/", **headers)
        ClientAddressMiddleware(lambda _request: HttpResponse())(request)
        return request

    return run


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "client"),
    [
        ((), "203.0.113.7", "", "203.0.113.7"),
        ((), "203.0.113.7", "1.1.1.1", "203.0.113.7"),
        (("10.0.0.0/8",), "203.0.113.7", "1.1.1.1", "203.0.113.7"),
        (("10.0.0.0/8",), "10.0.0.1", "203.0.113.7", "203.0.113.7"),
        (("10.0.0.0/8",), "10.0.0.1", "1.1.1.1, 203.0.113.7", "203.0.113.7"),
        (("10.0.0.0/8",), "10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (("10.0.0.0/8",), "10.0.0.1", "nonsense", "10.0.0.1"),
        (("10.0.0.0/8",), "::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
        (("10.0.0.0/8",), "10.0.0.1", "", "10.0.0.1"),
        (("1",), "10.0.0.1", "1.1.1.1, 203.0.113.7", "203.0.113.7"),
        (("2",), "10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (("2",), "10.0.0.1", "203.0.113.7", "10.0.0.1"),
        ((), "", "1.1.1.1", ""),
    ],
)
def test_client_ip_is_the_last_hop_that_is_not_ours(seen, proxies, peer, forwarded, client):
    assert seen(proxies=proxies, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded).client_ip == client


def test_forwarded_headers_of_a_stranger_are_dropped(seen):
    request = seen(
        REMOTE_ADDR="203.0.113.7",
        HTTP_X_FORWARDED_PROTO="https",
        HTTP_X_FORWARDED_HOST="evil.example",
        HTTP_X_REQUEST_ID="chosen-by-them",
    )

    assert [name for name in request.META if name.startswith(("HTTP_X_FORWARDED", "HTTP_X_REQUEST"))] == []


def test_forwarded_headers_of_our_proxy_are_kept(seen):
    request = seen(proxies=("10.0.0.1",), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_PROTO="https")

    assert request.META["HTTP_X_FORWARDED_PROTO"] == "https"
