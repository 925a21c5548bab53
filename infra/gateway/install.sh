#!/bin/sh
# Installs the store gateway from this checkout: sudo infra/gateway/install.sh
#
# It creates a virtual environment in PREFIX (/opt/occupancy-gateway), with hash-locked packages. Then it creates
# a user, a systemd service and the configuration's folder, unless --packages asks for the packages alone, as the
# container and Greengrass do. To update, run it again; the configuration is kept.
set -eu

checkout=$(cd "$(dirname "$0")/../.." && pwd)
prefix=${PREFIX:-/opt/occupancy-gateway}
python=${PYTHON:-python3}
user=occupancy-gateway
config=/etc/occupancy-gateway

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "Python 3.11 or newer is needed: install it, or set PYTHON=/path/to/python3"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python's venv is missing: apt-get install python3-venv"

"$python" -m venv "$prefix" || fail "$prefix cannot be written: run this script as root, or set PREFIX"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
"$prefix/bin/pip" install --quiet --require-hashes --no-deps -r "$checkout/requirements/gateway.txt"
"$prefix/bin/pip" install --quiet --no-deps "$checkout"
"$prefix/bin/occupancy" gateway --help >/dev/null || fail "the command does not start: see above"
[ "${1:-}" != --packages ] || exit 0

[ "$(id -u)" = 0 ] || fail "the service needs root: sudo $0"
command -v systemctl >/dev/null || fail "there is no systemd here: $0 --packages installs the command alone"
id "$user" >/dev/null 2>&1 || useradd --system --home-dir /var/lib/occupancy-gateway --shell /usr/sbin/nologin "$user"
install -d -m 0750 -o root -g "$user" "$config"
[ -e "$config/environment" ] || install -m 0640 -o root -g "$user" /dev/null "$config/environment"
install -m 0755 "$checkout/infra/gateway/iot-credentials.sh" "$prefix/"
install -m 0644 "$checkout/infra/gateway/occupancy-gateway.service" /etc/systemd/system/
systemctl daemon-reload
systemctl enable --quiet occupancy-gateway
if [ -e "$config/gateway.yaml" ]; then
    systemctl restart occupancy-gateway
    echo "Updated. See: journalctl -u occupancy-gateway -f"
else
    echo "Installed. Write $config/gateway.yaml (occupancy gateway init), put the cameras' passwords into"
    echo "$config/environment, then: systemctl start occupancy-gateway"
fi
