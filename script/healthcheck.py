"""Ends with 0 when this container's web answers; asks as the proxy in front of it would."""

import http.client
import os
import sys
from urllib.parse import urlsplit


def main() -> int:
    """Returns the exit code."""
    headers = {"Host": urlsplit(os.environ["SITE_URL"]).netloc, "X-Forwarded-Proto": "https"}
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=5)
    try:
        connection.request("GET", "/healthz/", headers=headers)
        return int(connection.getresponse().status != http.client.OK)
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
