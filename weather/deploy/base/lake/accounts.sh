#!/bin/sh
# The lake's bucket in the object store, and who may do what there: `lake` writes, `readback` looks on. May run any
# number of times. Environment: ADMIN_ENDPOINT_URL, ADMIN_ACCESS_KEY and ADMIN_SECRET_KEY of the store; LAKE and
# READBACK, the secrets of the two.
set -eu

account() {
  versitygw admin create-user --access "$1" --secret "$2" --role user \
    || versitygw admin update-user --access "$1" --secret "$2"
}

until versitygw admin list-users > /dev/null; do sleep 1; done
account lake "$LAKE"
account readback "$READBACK"
versitygw admin list-buckets | grep -q '^lake ' || versitygw admin create-bucket \
  --bucket lake --owner lake --object-ownership BucketOwnerPreferred --grant-read readback
