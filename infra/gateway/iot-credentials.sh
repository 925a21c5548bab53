#!/bin/sh
# Gets short-lived credentials for boto3 from AWS IoT's credentials provider, with the box's certificate:
#
#   [default]
#   credential_process = /opt/occupancy-gateway/iot-credentials.sh ENDPOINT ROLE_ALIAS FOLDER
#
# ENDPOINT is the answer of `aws iot describe-endpoint --endpoint-type iot:CredentialProvider`; FOLDER contains
# certificate.pem, private.key and AmazonRootCA1.pem. docs/gateway.md has the steps.
set -eu

[ $# = 3 ] || {
    echo "usage: $0 ENDPOINT ROLE_ALIAS FOLDER" >&2
    exit 2
}
case $1 in
http*) address=$1 ;;
*) address=https://$1 ;;
esac
curl --silent --show-error --fail --max-time 20 \
    --cert "$3/certificate.pem" --key "$3/private.key" --cacert "$3/AmazonRootCA1.pem" \
    "$address/role-aliases/$2/credentials" |
    python3 -c '
import json, sys
given = json.load(sys.stdin)["credentials"]
names = {"AccessKeyId": "accessKeyId", "SecretAccessKey": "secretAccessKey",
         "SessionToken": "sessionToken", "Expiration": "expiration"}
print(json.dumps({"Version": 1, **{name: given[key] for name, key in names.items()}}))
'
