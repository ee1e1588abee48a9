"""gunicorn's configuration; read because gunicorn starts in this folder."""

import os

from core.logs import mask_server_logs

bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "3"))
threads = 2
timeout = 60  # an upload over a slow line
# The site is loaded once, before the workers are forked: they share its memory, and one that is replaced is there at
# once. A new release is a restart.
preload_app = True
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm"  # noqa: S108 -- gunicorn's heartbeat files; a disk could block the workers
accesslog = "-"
mask_server_logs()  # the address of a calendar is a key: it is not written down
# Only the proxy can reach the port (docker-compose.yml publishes it on the loopback address).
forwarded_allow_ips = "*"
