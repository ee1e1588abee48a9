#!/bin/sh
# Run once by the postgres image, when its volume is empty: the role of web, worker and beat, which owns nothing.
# What it may do is granted by `manage.py grant_runtime_role`, after each migration.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set password="$RUNTIME_PASSWORD" <<'SQL'
CREATE ROLE certbody_app LOGIN PASSWORD :'password';
SQL
