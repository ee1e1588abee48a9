"""Settings that hold everywhere. What differs by place is read from the environment in the sibling modules."""

from pathlib import Path
from typing import Any

import django_stubs_ext
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from certbody.settings.environment import BASE_DIR, env, package_data

# Lets generic Django classes be written with their types, FormView[MyForm], at run time too.
django_stubs_ext.monkeypatch()

INSTALLED_APPS = [
    "certbody.apps.SiteConfig",
    "certificates.apps.CertificatesConfig",
    "exams.apps.ExamsConfig",
    "candidates.apps.CandidatesConfig",
    "schemes.apps.SchemesConfig",
    "accounts.apps.AccountsConfig",
    "audit.apps.AuditConfig",
    "core.apps.CoreConfig",
    "core.apps.ReadOnlyAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages are compressed here, with Django's padding against attacks that guess from the length (BREACH): a tablet in
    # an exam room hangs on whatever network there is.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.access.PrivatePagesMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.refusals.RefusalsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.access.ClosedByDefaultMiddleware",
]

PROJECT_DIR = BASE_DIR
ROOT_URLCONF = "certbody.urls"
WSGI_APPLICATION = "certbody.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context_processors.body",
                "certbody.context_processors.navigation",
            ],
        },
    }
]

# --- Language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "az"
LANGUAGES = [("az", _("Azerbaijani")), ("en", _("English"))]
TIME_ZONE = "Asia/Baku"
USE_TZ = True
TRANSLATED_PARTS = [
    "site", "certificates", "exams", "candidates", "schemes", "accounts", "audit", "core",
]  # fmt: skip
# "packages" holds better words for texts of Django and allauth; it is written by hand, not extracted
# locale/packages holds better Azerbaijani for texts of Django and django-allauth.
LOCALE_PATHS = [BASE_DIR / "locale" / part for part in (*TRANSLATED_PARTS, "packages")]

# --- People -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
# Unique all the same, by a constraint on lower(email).
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "surname", "given_name", "patronymic")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupDetailsForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_CHANGE_EMAIL = True  # one address per account; the new one counts once it is verified
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or second step is told to the owner
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # an unattended tablet must not be enough to change the address
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "login": "30/m/ip", "signup": "20/h/ip"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Certbody"
MFA_ADAPTER = "accounts.adapter.MfaAdapter"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60  # one working day; a marking assessor is not signed out in the middle of an exam
CSRF_FAILURE_VIEW = "core.views.csrf_failure"

# --- The certification body: settings, never code ---------------------------------------------------------------------
BODY = {
    "name_az": env.str("BODY_NAME_AZ", "Azerbaijan Quantum and Coaching Cooperation MMC"),
    "name_en": env.str("BODY_NAME_EN", "Azerbaijan Quantum and Coaching Cooperation LLC"),
    "short_name": env.str("BODY_SHORT_NAME", "AQCC"),
    "address_az": env.str(
        "BODY_ADDRESS_AZ", "Bakı, Yasamal rayonu, Bəşir Səfəroğlu küçəsi 113, Oldu Town Plaza"
    ),
    "address_en": env.str(
        "BODY_ADDRESS_EN", "113 Bashir Safaroghlu Street, Oldu Town Plaza, Yasamal, Baku, Azerbaijan"
    ),
    "place_az": env.str("BODY_PLACE_AZ", "Bakı"),  # where contracts are concluded
    "site": env.str("BODY_SITE", "sso.az"),
    "email": env.str("BODY_EMAIL", "info@sso.az"),
    "phone": env.str("BODY_PHONE", ""),
    "signatory_name": env.str("BODY_SIGNATORY_NAME", ""),
    "signatory_title_az": env.str("BODY_SIGNATORY_TITLE_AZ", "Direktor"),
    "signatory_title_en": env.str("BODY_SIGNATORY_TITLE_EN", "Director"),
}  # fmt: skip
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")

# --- Data -------------------------------------------------------------------------------------------------------------
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / ".local" / "files")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
MAX_UPLOAD_BYTES = 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "core.uploadlimit.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

DEMO_LOADER = ""  # development and test settings name one
DEMO_ACCOUNTS: Path | None = None

# --- Static files -----------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", str(package_data("xstatic.pkg.bootstrap")))]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# --- Safety -----------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# How many proxies of our own stand in front: whom to believe about the address of a request.
TRUSTED_PROXY_COUNT = ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# --- Jobs -------------------------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
# django and redis-py call a socket unix://, kombu redis+socket://
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
LONG_TASK_SECONDS = 30 * 60  # what grows with the number of certificates may take so long
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A web request must not hang because the broker is away (kombu would try for 6 s): the sweep finds the row later.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Redis hands out anew what no worker has finished in this time. It is longer than the longest limit: nothing
    # is handed to a second worker while the first is at it. What a dead worker left does not wait for it: work is a
    # row, which the sweeps below find within a minute or two; the morning's jobs run again each hour.
    "visibility_timeout": LONG_TASK_SECONDS + 15 * 60,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
}
CELERY_TIMEZONE = TIME_ZONE
# The body's morning, in its own time zone. Once more each hour until eleven: what was missed at six (nothing ran yet)
# is made up for on the same day, and a second run finds nothing to do.
MORNING = crontab(hour="6-11", minute="0")
CELERY_BEAT_SCHEDULE = {
    "sweep-messages": {"task": "core.tasks.sweep_messages", "schedule": 60.0},
    "sweep-renders": {"task": "core.tasks.sweep_renders", "schedule": 60.0},
    "sweep-batches": {"task": "core.tasks.sweep_batches", "schedule": 60.0},
    "settle-due-events": {"task": "certificates.tasks.settle_due_events", "schedule": MORNING},
    "sweep-reminders": {"task": "certificates.tasks.sweep_reminders", "schedule": MORNING},
    "announce-surveillances": {"task": "certificates.tasks.announce_surveillances", "schedule": MORNING},
    "end-surveillances": {"task": "certificates.tasks.end_surveillances", "schedule": MORNING},
    "withdraw-expired-entries": {"task": "certificates.tasks.withdraw_expired_entries", "schedule": MORNING},
    "officer-digests": {"task": "certificates.tasks.send_officer_digests", "schedule": MORNING},
    "write-reminders": {"task": "certificates.tasks.write_reminders", "schedule": 5 * 60.0},
    "sweep-uploads": {"task": "candidates.tasks.sweep_uploads", "schedule": 60.0 * 60},
    "clear-sessions": {"task": "core.tasks.clear_sessions", "schedule": 24 * 60.0 * 60},
}
CACHES = {
    "default": {
        "BACKEND": "core.cache.SteadyRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cb",
        # Redis is near: one that does not answer at once is away, and a person waits for the page.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    },
}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "AQCC <no-reply@sso.az>")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secret_addresses": {"()": "core.logs.SecretAddressFilter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["secret_addresses"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Their steps at work are of interest only to their own authors.
    "loggers": {name: {"level": "WARNING"} for name in ("weasyprint", "fontTools")},
}
