#!/bin/sh
# Installs or updates the service on a DeepLens unit, or on any small Linux box with a camera: docs/deeplens.md.
#
#   sudo infra/deeplens/install.sh              on the unit
#   infra/deeplens/install.sh --root FOLDER     copies the same files into a directory tree, and does nothing else
#
# PYTHON names the Python that runs the service. Default: python3.7, or the first python3 that is at least 3.7.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
code=$(cd "$here/../.." && pwd)/deeplens

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

root=
case "${1:-}" in
    "") ;;
    --root) root=${2:?"--root needs a folder"} ;;
    *) fail "$1 is unknown: give no argument, or --root FOLDER" ;;
esac

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 7))' 2>/dev/null
}

python=${PYTHON:-}
if [ -z "$python" ]; then
    for candidate in python3.7 python3 python3.8 python3.9 python3.10 python3.11 python3.12 python3.13; do
        if new_enough "$candidate"; then
            python=$(command -v "$candidate")
            break
        fi
    done
fi
[ -n "$python" ] || fail "there is no Python 3.7 or newer: install one, or name it with PYTHON=/path/to/python3"
new_enough "$python" || fail "PYTHON=$python does not run, or is older than 3.7"

if [ -z "$root" ]; then
    [ "$(id -u)" = 0 ] || fail "it writes to /opt and /etc: run it with sudo, or give --root FOLDER"
    for module in boto3 cv2 numpy; do
        "$python" -c "import $module" 2>/dev/null || fail "$python has no $module: install it for that Python first (docs/deeplens.md)"
    done
    id store-occupancy >/dev/null 2>&1 ||
        useradd --system --no-create-home --shell /usr/sbin/nologin --gid video store-occupancy
fi

opt=$root/opt/store-occupancy
etc=$root/etc/store-occupancy
mkdir -p "$opt" "$etc" "$root/etc/systemd/system"

# Copy beside the old code, then replace it, so that a power cut leaves one of the two.
rm -rf "$opt/deeplens.new"
for folder in . camera common; do
    mkdir -p "$opt/deeplens.new/$folder"
    cp "$code/$folder"/*.py "$opt/deeplens.new/$folder/"
done
rm -rf "$opt/deeplens"
mv "$opt/deeplens.new" "$opt/deeplens"

# Settings that exist already stay as they are.
for file in settings.json credentials.json aws-config; do
    [ -e "$etc/$file" ] || sed "s|@PYTHON@|$python|" "$here/etc/$file" >"$etc/$file"
done
sed "s|@PYTHON@|$python|" "$here/store-occupancy.service" >"$root/etc/systemd/system/store-occupancy.service"

if [ -z "$root" ]; then
    systemctl daemon-reload
    systemctl enable store-occupancy.service
    systemctl try-restart store-occupancy.service
    echo "Installed. Write the settings into $etc, then: systemctl start store-occupancy"
else
    echo "Installed into $root, for $python."
fi
