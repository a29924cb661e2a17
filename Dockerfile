# One image for web, worker and beat; docker-compose.yml says which command runs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app clinic && install -d -o clinic /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --chown=root:root . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
USER clinic
EXPOSE 8000
CMD ["gunicorn", "-c", "python:clinic.gunicorn_conf", "clinic.wsgi"]
