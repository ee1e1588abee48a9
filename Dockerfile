# One image for web, worker, beat and migrations; see docker-compose.yml.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=certbody.settings.production

# Pango lays out the PDF pages.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements-build.txt requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-build.txt \
    && pip install --no-cache-dir --no-build-isolation --require-hashes -r requirements.txt

COPY . .
# The settings ask for every variable; at build time nothing connects anywhere.
RUN SECRET_KEY=only-while-building ALLOWED_HOSTS=localhost SITE_URL=https://localhost EMAIL_URL=dummy:// \
    DATABASE_URL=postgresql://none@localhost/none REDIS_URL=redis://localhost \
    sh -c "python manage.py compile_translations && python manage.py collectstatic --no-input" \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin certbody \
    && install --directory --owner certbody --mode 0700 /data

USER certbody
ENV DATA_DIR=/data
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "certbody.wsgi"]
