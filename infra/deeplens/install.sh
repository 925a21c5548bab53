#!/bin/sh
# Installs the service of a DeepLens unit, or of any small Linux box with a camera, or updates it: docs/deeplens.md.
#
#   sudo infra/deeplens/install.sh              on the unit
#   infra/deeplens/install.sh --root FOLDER     the same files into a directory tree, nothing else
#
# PYTHON names the Python that runs the service; else it is python3.7, or the first python3 from 3.7 on.
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
    *) fail "$1 is unknown: give nothing, or --root FOLDER" ;;
esac

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 7))' 2>/dev/null
}

python=${PYTHON:-}
if [ -z "$python" ]; then
    for one in python3.7 python3 python3.8 python3.9 python3.10 python3.11 python3.12 python3.13; do
        if new_enough "$one"; then
            python=$(command -v "$one")
            break
        fi
    done
fi
[ -n "$python" ] || fail "no Python from 3.7 on is here: install one, or name it with PYTHON=/path/to/python3"
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

# Beside the old code and then in its place, so that a power cut leaves one of the two.
rm -rf "$opt/deeplens.new"
for folder in . camera common; do
    mkdir -p "$opt/deeplens.new/$folder"
    cp "$code/$folder"/*.py "$opt/deeplens.new/$folder/"
done
rm -rf "$opt/deeplens"
mv "$opt/deeplens.new" "$opt/deeplens"

# What somebody has written there stays.
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
