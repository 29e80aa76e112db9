#!/bin/sh
# Buckets in the object store and who may do what there: BUCKET[:READER]… An account called like the bucket writes,
# READER looks on. May run any number of times. Environment: ADMIN_ENDPOINT_URL, ADMIN_ACCESS_KEY and ADMIN_SECRET_KEY of
# the store; SECRET_NAME for each account.
set -eu

account() {
  secret=$(printenv "SECRET_$1")
  versitygw admin create-user --access "$1" --secret "$secret" --role user \
    || versitygw admin update-user --access "$1" --secret "$secret"
}

until versitygw admin list-users > /dev/null; do sleep 1; done
for one in "$@"; do
  bucket=${one%%:*}
  reader=${one#"$bucket"}
  reader=${reader#:}
  account "$bucket"
  [ -z "$reader" ] || account "$reader"
  versitygw admin list-buckets | grep -q "^$bucket " || versitygw admin create-bucket \
    --bucket "$bucket" --owner "$bucket" --object-ownership BucketOwnerPreferred ${reader:+--grant-read "$reader"}
done
