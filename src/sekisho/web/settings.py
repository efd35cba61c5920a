"""Django settings, from :mod:`sekisho.web.config`. Deny by default; nothing from outside at run time."""

from __future__ import annotations

from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from sekisho.web import config

django_stubs_ext.monkeypatch()

CONFIG = config.load()
HERE = Path(__file__).resolve().parent

SECRET_KEY = CONFIG.secret_key
DEBUG = False
ALLOWED_HOSTS = list(CONFIG.allowed_hosts)
CSRF_TRUSTED_ORIGINS = [CONFIG.base_url] if CONFIG.base_url.startswith("https://") else []

SEKISHO_ROOMS = (
    "ledger",
    "organization",
    "catalog",
    "subjects",
    "jobs",
    "evidence",
    "duties",
    "requests",
    "assessment",
    "procurement",
    "incidents",
    "lifecycle",
    "monitoring",
    "intelligence",
    "measurement",
)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "ninja",
    "sekisho.web",
    *(f"sekisho.records.{room}" for room in SEKISHO_ROOMS),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sekisho.web.middleware.SekishoMiddleware",
    "sekisho.web.api_views.ApiMiddleware",
]

ROOT_URLCONF = "sekisho.web.urls"
WSGI_APPLICATION = "sekisho.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sekisho.web.context.shell",
            ],
            "builtins": ["django.templatetags.i18n", "sekisho.web.templatetags.sekisho_ui"],
        },
    }
]

DATABASES = {"default": config.database_settings(CONFIG.database_url)}
# Counters of log-in attempts: shared between processes where there is Redis.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CONFIG.redis_url, "KEY_PREFIX": "sekisho"}
    if CONFIG.redis_url
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Language: Japanese first (the message ids), English complete.
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("日本語")), ("en", _("英語"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = CONFIG.time_zone
LANGUAGE_COOKIE_NAME = "sekisho_language"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # an installation needs no collectstatic step
WHITENOISE_AUTOREFRESH = False

# Log-in (django-allauth: password, TOTP, passkeys, recovery codes)
AUTH_USER_MODEL = "organization.Person"
AUTHENTICATION_BACKENDS = ["sekisho.web.backends.LoginBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "sekisho.web.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_FORMS = {
    "login": "sekisho.web.account_forms.LoginForm",
    "reauthenticate": "sekisho.web.account_forms.ReauthenticateForm",
    "change_password": "sekisho.web.account_forms.ChangePasswordForm",
}
# Lock-out by account is ours (backends.py); this one slows a single address down, and guesses of a second factor.
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip,15/900s/key"}
PASSWORD_RESET_TIMEOUT = 3600  # recovery links
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "sekisho.web.account_forms.AuthenticateForm",
    "reauthenticate": "sekisho.web.account_forms.MfaReauthenticateForm",
    "activate_totp": "sekisho.web.account_forms.ActivateTOTPForm",
    "add_webauthn": "sekisho.web.account_forms.AddWebAuthnForm",
    "edit_webauthn": "sekisho.web.account_forms.EditWebAuthnForm",
}
MFA_TOTP_ISSUER = "Sekisho"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = CONFIG.is_demo  # passkeys on http://localhost in the demonstration

# Sessions and cookies
SESSION_COOKIE_NAME = "__Host-sekisho" if CONFIG.https else "sekisho_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "sekisho.web.views.csrf_failure"

# Headers
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = CONFIG.https
SECURE_HSTS_SECONDS = 31536000 if CONFIG.https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.https else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# Uploads are hostile: bounded, streamed to disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
SEKISHO_MAX_UPLOAD = 200 * 1024 * 1024

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if CONFIG.email_url else "django.core.mail.backends.dummy.EmailBackend"
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django.request": {"level": "ERROR"},  # what was asked for in vain is the asker's affair
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}
