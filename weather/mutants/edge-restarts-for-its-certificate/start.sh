# HAProxy as ever, until its certificate is another one.
given=$(cat "$CERTIFICATE")
/usr/local/bin/start &
edge=$!
trap 'kill -USR1 $edge; wait $edge; exit' USR1 TERM
while kill -0 $edge && [ "$(cat "$CERTIFICATE")" = "$given" ]; do sleep 1; done
exit 1
