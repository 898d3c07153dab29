"""Settings: everything that differs between machines comes from the environment, with safe defaults here.

`SALESFLOW_ENV=production` switches on the strict settings and refuses to start where they are not met.
"""

from pathlib import Path
from urllib.parse import unquote

import environ
from django.utils.translation import gettext_lazy as _

from salesflow.runtime import instance
from salesflow.runtime.redis_urls import broker_url, numbered

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PRODUCTION = env.str("SALESFLOW_ENV", "local") == "production"
DEBUG = False
DATA_DIR = Path(env.str("SALESFLOW_DATA", str(BASE_DIR / "var"))).resolve()
INSTANCE = instance.read(DATA_DIR)
SECRET_KEY = env.str("SECRET_KEY", instance.secret_key(DATA_DIR) or "local-only-not-secret")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",  # its widget templates, which the project's renderer finds by app
    "rest_framework",
    "django_filters",
    "django_htmx",
    "django_celery_beat",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    # the foundation, left to right
    "salesflow.lib",
    "salesflow.journal",
    "salesflow.people",
    "salesflow.clocks",
    "salesflow.work",
    # the stages
    "leads",
    "contacts",
    "proposals",
    "deals",
    "aftersales",
    "performance",
    # the roof
    "salesflow.runtime",
    "salesflow.demo",
]

MIDDLEWARE = [
    "salesflow.lib.web.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "salesflow.lib.web.middleware.HtmxManners",
    "salesflow.lib.web.middleware.ReaderPreferences",
    "salesflow.lib.web.middleware.KindFaults",
]

ROOT_URLCONF = "salesflow.urls"
WSGI_APPLICATION = "salesflow.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "salesflow.lib.web.context.shell",
            ],
        },
    }
]

FORM_RENDERER = "salesflow.lib.web.forms.HouseRenderer"
CSRF_FAILURE_VIEW = "salesflow.lib.web.errors.csrf_failure"
#: Addresses whose answers are read by programs: they tell their errors themselves.
NO_PAGE_PATHS = ["/api/", "/metrics", "/livez", "/readyz"]
#: Pages of third-party packages, with inline scripts of their own.
THIRD_PARTY_PAGES = ["/admin/", "/api/"]

DATABASES = {"default": env.db("DATABASE_URL", default=INSTANCE.get("database_url", "postgres:///salesflow"))}
DATABASES["default"].update(
    HOST=unquote(DATABASES["default"]["HOST"]),  # libpq writes a socket directory as %2Fpath
    CONN_MAX_AGE=600,
    CONN_HEALTH_CHECKS=True,
)
DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
    "-c lock_timeout=5000 -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000"
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# the broker is database 0 of the Redis named here, the cache database 1
REDIS_URL = env.str("REDIS_URL", INSTANCE.get("redis_url", "redis://127.0.0.1:6379/0"))
CACHES = {
    "default": {"BACKEND": "salesflow.lib.cache.ForgivingRedisCache", "LOCATION": numbered(REDIS_URL, 1)}
}

AUTH_USER_MODEL = "people.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "files"

CELERY_BROKER_URL = broker_url(REDIS_URL)
# publishers are pages: they must notice an absent Redis at once (workers are more patient, see salesflow.celery)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
    "socket_keepalive": True,
}
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
