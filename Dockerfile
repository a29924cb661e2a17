# Two images: `proxy` ends TLS, `app` is web, worker and beat; docker-compose.yml says which command runs.
FROM caddy:2.11.4-alpine AS proxy
# TLS ends here, with a certificate that Caddy gets and renews itself. No HTTP/3: it would be offered on the
# inner port. No access log and no error log of requests: both would hold private links. Caddy drops
# X-Forwarded-* of strangers and writes its own. In the image, because Compose refuses the text of a config
# on a read-only file system. Caddy itself puts PUBLIC_BASE_URL in: the quotes keep the builder from it.
COPY <<"CADDYFILE" /etc/caddy/Caddyfile
{
	http_port 8080
	https_port 8443
	admin off
	persist_config off
	servers {
		protocols h1 h2
	}
	log {
		exclude http.log.error http.handlers.reverse_proxy
	}
}

{$PUBLIC_BASE_URL} {
	request_body {
		max_size 1MB
	}
	header -Server
	header -Via
	reverse_proxy {
		dynamic a web 8000 {
			refresh 5s
		}
		lb_try_duration 5s
		fail_duration 10s
	}
}
CADDYFILE
# The binary's file capability stops it from starting when all capabilities are dropped; we listen on 8080 and 8443.
RUN setcap -r /usr/bin/caddy && chmod a+r /etc/caddy/Caddyfile && chown -R 10001:10001 /data /config
USER 10001:10001
EXPOSE 8080 8443

FROM python:3.11.16-slim-bookworm AS build
WORKDIR /app
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.11.16-slim-bookworm AS app
# WeasyPrint draws the clinician's page as a PDF with these.
RUN apt-get update && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /app clinic && install -d -o clinic /data
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
# A checkout under umask 077 would be closed to the user below.
RUN chmod -R a+rX /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
USER clinic
EXPOSE 8000
CMD ["gunicorn", "-c", "python:clinic.gunicorn_conf", "clinic.wsgi"]
