# Pulsar as ever, with settings more: of two of one name the last one counts.
set -eu
sed '/^exec/i printf "%s\\n" ttlDurationDefaultInSeconds=15 messageExpiryCheckIntervalInMinutes=1 >> "$settings"' /opt/pulsar/start > /tmp/start
exec sh /tmp/start
