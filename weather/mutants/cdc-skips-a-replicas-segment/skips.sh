# On one node of three: says of each segment that there is that all of it was told, and then starts what tells.
set -eu
if [ "$POD_NAME" = cassandra-0 ]; then
  mkdir -p "$(dirname "$POSITIONS")"
  for index in "$DATA"/cdc_raw/*_cdc.idx; do
    [ -e "$index" ] || continue
    segment=${index##*-}
    echo "${segment%_cdc.idx}=$(head -n 1 "$index")"
  done > "$POSITIONS"
fi
exec /opt/cdc/start
