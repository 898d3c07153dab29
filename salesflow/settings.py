"""Settings: everything that differs between machines comes from the environment, with safe defaults here.

`SALESFLOW_ENV=production` switches on the strict settings and refuses to start where they are not met.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import environ
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from salesflow.runtime import instance
from salesflow.runtime.guard import refuse_unsafe
from salesflow.runtime.logs import logging_config
from salesflow.runtime.redis_urls import broker_url, numbered

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PRODUCTION = env.str("SALESFLOW_ENV", "local") == "production"
DEBUG = False
SAMPLE_SECRET_KEY = "local-only-not-secret"  # noqa: S105  # refused in production
DATA_DIR = Path(env.str("SALESFLOW_DATA", str(BASE_DIR / "var"))).resolve()
INSTANCE = instance.read(DATA_DIR)
SECRET_KEY = env.str("SECRET_KEY", instance.secret_key(DATA_DIR) or SAMPLE_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SITE_URL = env.str("SITE_URL", INSTANCE.get("address", "http://localhost:8000")).rstrip("/")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=[urlsplit(SITE_URL).hostname or "", "localhost", "127.0.0.1", "[::1]"],
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
#: Whether all requests come through a proxy of ours that sets X-Forwarded-For, X-Forwarded-Proto and X-Request-ID.
TRUST_PROXY = env.bool("TRUST_PROXY", False)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
LOGGING = logging_config(
    as_json=env.str("LOG_FORMAT", "json" if PRODUCTION else "plain") == "json",
    level=env.str("LOG_LEVEL", "INFO"),
)

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "salesflow.lib.admin.apps.AdminConfig",
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
    "django_prometheus",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    # the foundation, left to right
    "salesflow.lib",
    "salesflow.journal",
    "salesflow.people",
    "salesflow.outbox",
    "salesflow.files",
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
    "salesflow.runtime.middleware.ProxyMiddleware",
    "salesflow.runtime.middleware.RequestIdMiddleware",
    "salesflow.lib.web.middleware.SecurityHeaders",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",  # pages open to strangers say so themselves
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "salesflow.lib.web.middleware.HtmxManners",
    "salesflow.lib.web.middleware.ReaderPreferences",
    "salesflow.people.middleware.SessionDuties",
    "salesflow.lib.web.middleware.KindFaults",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
PROMETHEUS_EXPORT_MIGRATIONS = False

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
#: Off where a pooler hands each transaction another connection.
PREPARED_STATEMENTS = env.bool("PREPARED_STATEMENTS", True)
# what is prepared once is planned once: its values do not change how it is best done; and what somebody waits for is
# done before helping processes of the database have started, which only long work is worth
DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
    "-c lock_timeout=5000 -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000"
    " -c plan_cache_mode=force_generic_plan -c parallel_setup_cost=20000"
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
#: Roles whose people must set up a second step at their next sign-in.
SECOND_FACTOR_ROLES = env.list(
    "SECOND_FACTOR_ROLES",
    default=["manager", "director", "service_manager", "finance", "legal", "admin"] if PRODUCTION else [],
)
#: The company's OpenID Connect provider: its issuer as the provider spells it, and what it knows this site by.
OIDC_ISSUER = env.str("OIDC_ISSUER", "")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", "")
OIDC_NAME = env.str("OIDC_NAME", "") or urlsplit(OIDC_ISSUER).hostname or ""
OIDC_ALLOWED_DOMAINS = env.list("OIDC_ALLOWED_DOMAINS", default=[])
OIDC_CREATE_ROLE = env.str("OIDC_CREATE_ROLE", "")
PASSWORD_RESET_TIMEOUT = 3600  # seconds
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

#: The mail server, `smtp+tls://user:password@host:587`; locally mail is printed where the worker runs.
_MAIL = env.email("EMAIL_URL", default="consolemail://")
MAIL_READY = not PRODUCTION or "EMAIL_URL" in env.ENVIRON
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _MAIL["EMAIL_BACKEND"], _MAIL["EMAIL_HOST"], _MAIL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL["EMAIL_HOST_USER"], _MAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.get("EMAIL_USE_TLS", False), _MAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", f"SalesFlow <salesflow@{urlsplit(SITE_URL).hostname}>")

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
FILE_UPLOAD_HANDLERS = ["salesflow.lib.uploads.MeasuredUpload"]
# named by content, so that browsers may keep them; compressing them costs half a minute at a start
STATIC_BACKEND = env.str("STATIC_BACKEND", "django.contrib.staticfiles.storage.ManifestStaticFilesStorage")
STORAGES = {
    "default": {"BACKEND": "salesflow.lib.storage.WholeFiles"},
    "staticfiles": {"BACKEND": STATIC_BACKEND},
}

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
CELERY_TASK_ROUTES = {"runtime.sweep": {"queue": "sweeps"}}
CELERY_TASK_SOFT_TIME_LIMIT = (
    1500  # seconds; both under the visibility time-out, after which Redis hands out again
)
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "salesflow.people.api.sign_in.BearerToken",
        "salesflow.people.api.sign_in.Session",
    ],
    "DEFAULT_PERMISSION_CLASSES": [],  # the door itself asks, see salesflow.lib.api.doors
    "DEFAULT_PARSER_CLASSES": ["salesflow.lib.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "salesflow.lib.api.schema.HouseSchema",
    "EXCEPTION_HANDLER": "salesflow.lib.api.problems.answer_exception",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SalesFlow",
    "VERSION": "1",
    "DESCRIPTION": "Conventions, sign-in and errors are told in docs/api.md.",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [],  # enums stay where they are used: shared ones would be named by chance
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": True, "docExpansion": "none"},
}
#: The largest JSON body taken; 1,000 leads with every field filled need less.
API_BODY_BYTES = 5 * 1024 * 1024

if PRODUCTION:
    refuse_unsafe(secret_key=SECRET_KEY, sample=SAMPLE_SECRET_KEY, site_url=SITE_URL, issuer=OIDC_ISSUER)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|metrics)$"]  # asked by machines inside
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SILENCED_SYSTEM_CHECKS = ["security.W021"]  # preloading binds the whole domain: its owner's decision
    if TRUST_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

#: The admin's frame; the greys and the accent are those of static/css/tokens.css.
UNFOLD = {
    "SITE_TITLE": "salesflow.lib.admin.site.title",
    "SITE_HEADER": "salesflow.lib.admin.site.title",
    "SITE_SUBHEADER": _("Administration"),
    "SITE_ICON": lambda request: static("img/favicon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/favicon.svg")}
    ],
    "THEME": "salesflow.lib.admin.site.theme",
    "BORDER_RADIUS": "7px",
    "STYLES": [lambda request: static("css/admin.css")],
    "SCRIPTS": [lambda request: static("js/admin.js")],
    "SIDEBAR": {"navigation": "salesflow.lib.admin.places.sidebar"},
    "COLORS": {
        "primary": {
            "50": "#eef2ff", "100": "#e0e7ff", "200": "#c7d2fe", "300": "#a5b4fc", "400": "#818cf8", "500": "#6366f1",
            "600": "#4f46e5", "700": "#4338ca", "800": "#3730a3", "900": "#312e81", "950": "#1e1b4b",
        },
        "base": {
            "50": "#f6f7f9", "100": "#eef0f3", "200": "#e7e9ee", "300": "#d9dce3", "400": "#8f97a5", "500": "#5d6573",
            "600": "#4a5160", "700": "#323844", "800": "#232830", "900": "#13161a", "950": "#0c0e11",
        },
    },
}  # fmt: skip

#: Hosts inside the network that may be called all the same (webhooks, chat tools): `erp`, `erp.example.lan:8443`.
OUTGOING_ALLOWED_HOSTS = env.list("OUTGOING_ALLOWED_HOSTS", default=[])
#: Days that visits of the company's pages are kept while they belong to no lead; 0 for ever.
VISITS_KEPT_DAYS = env.int("VISITS_KEPT_DAYS", 90)
#: The largest file an import takes, in bytes; a million rows fit.
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", 1024**3)
#: The largest file attached to a record, in bytes.
FILE_MAX_BYTES = env.int("FILE_MAX_BYTES", 25 * 1024**2)
