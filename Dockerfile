# The same image runs web, worker and scheduler (see docker-compose.yml and docs/operations.md).
FROM python:3.12-slim-bookworm AS build
RUN pip install --no-cache-dir uv
COPY requirements.lock /build/
RUN uv venv /venv && VIRTUAL_ENV=/venv uv pip sync --no-cache --require-hashes --compile-bytecode /build/requirements.lock

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --create-home salesflow \
    && install --directory --owner=salesflow --group=salesflow /data
COPY --from=build /venv /venv
COPY . /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SALESFLOW_ENV=production \
    SALESFLOW_DATA=/data \
    PROMETHEUS_MULTIPROC_DIR=/dev/shm
USER salesflow
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
CMD ["gunicorn", "-c", "python:salesflow.runtime.gunicorn_conf"]
