"""Log lines: JSON in production, plain words elsewhere; each carries the id of its request or task."""

import logging
from typing import Any

import structlog

#: Parts of an address that open something by themselves.
SECRETS = ("token", "proof")


def without_secrets(request: Any, text: str) -> str:
    """A text about the request, with a dot for each secret of its address."""
    match = getattr(request, "resolver_match", None)
    for name in SECRETS:
        secret = match.kwargs.get(name) if match is not None else None
        text = text.replace(f"/{secret}/", "/·/") if secret else text
    return text


class WithoutSecrets(logging.Filter):
    """Django tells the address of what it refuses; that too without its secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple):
            record.args = tuple(
                without_secrets(request, each) if isinstance(each, str) else each for each in record.args
            )
        return True


def logging_config(*, as_json: bool, level: str) -> dict[str, Any]:
    """Django's LOGGING: everything goes to standard error, through one formatter."""
    before = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        last += [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        last += [
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "all": {
                "()": "structlog.stdlib.ProcessorFormatter",
                "foreign_pre_chain": before,
                "processors": last,
            }
        },
        "filters": {"without_secrets": {"()": WithoutSecrets}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "all"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"filters": ["without_secrets"]},
            "django.server": {"handlers": [], "propagate": True},
            "celery.beat": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }
