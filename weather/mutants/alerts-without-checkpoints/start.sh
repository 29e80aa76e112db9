# Flink as ever, but for what makes check-points: `start ROLE` with a setting less.
set -eu
sed 's|cat "\$home/conf/config.yaml"|sed /checkpointing.interval/d "$home/conf/config.yaml"|' /opt/flink/start > /tmp/start
exec sh /tmp/start "$1"
