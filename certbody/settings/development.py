"""A developer's or newcomer's machine: `script/server` starts the services and writes their addresses."""

from certbody.settings.environment import BASE_DIR, env

# What script/server has started; an address set in the environment goes before it.
env.read_env(str(BASE_DIR / ".local" / "runtime.env"), recurse=False)

from certbody.settings.base import *  # noqa: E402, F403 -- settings modules extend one another by star import
from certbody.settings.base import CONTENT_SECURITY_POLICY as _CSP  # noqa: E402

ENVIRONMENT = "development"
DEBUG = env.bool("DEBUG", True)
SECRET_KEY = env.str("SECRET_KEY", "development-only-not-a-secret-0123456789-0123456789")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=60)}
CONTENT_SECURITY_POLICY = _CSP

DEMO_LOADER = "certbody.demo.load"
DEMO_ACCOUNTS = BASE_DIR / ".local" / "demo-accounts.json"

WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

# E-mails are files, shown to staff on a page.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = BASE_DIR / ".local" / "mail"

# Passkeys want https; browsers make an exception for http://localhost, and so do we here.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
