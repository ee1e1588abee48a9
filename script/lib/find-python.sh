# Sets PYTHON to a Python that is new enough. Sourced by script/server and script/test.
# Each candidate is run: a name on PATH may be a shim of a version manager that has no such version.
# 3.11 and 3.12 come first because every dependency has a ready-made wheel for them.

PYTHON=
other=
for candidate in python3.12 python3.11 python3.13 python3.14 python3 python; do
    version=$("$candidate" -c 'import sys; print(".".join(map(str, sys.version_info[:3])))' 2>/dev/null) || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        PYTHON=$candidate
        break
    fi
    other="$other $version"
done

if [ -z "$PYTHON" ]; then
    if [ -n "$other" ]; then
        found="found only$other"
    else
        found="found none"
    fi
    echo "error: Python 3.11 or newer is needed ($found): install it (Debian/Ubuntu: apt install python3 python3-venv;" \
        "Fedora: dnf install python3; macOS: brew install python@3.12) and run this again." >&2
    exit 1
fi
