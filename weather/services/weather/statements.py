"""Every CQL statement of the services, on the tables of ``deploy/base/persistence/schema.cql``.

Each may be repeated without harm: a reading's primary key is made by its client, and what overwrites carries
a write timestamp that its client chose, so that neither a repeat nor a late older word changes anything.
"""

#: Which node is there at all; needs no replica.
ALIVE = "SELECT key FROM system.local"
#: Whether a request would get through: touches a partition that is never written.
PROBE = "SELECT station FROM current WHERE station = ':probe'"

ADD = "INSERT INTO readings (station, day, at, id, temperature) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?"
REMOVE = "DELETE FROM readings USING TIMESTAMP ? WHERE station = ? AND day = ? AND at = ? AND id = ?"
SET_CURRENT = "INSERT INTO current (station, at, id, temperature) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
CURRENT = "SELECT station, at, id, temperature FROM current WHERE station = ?"
STATIONS = "SELECT station, at, id, temperature FROM current LIMIT ?"
LATEST = (
    "SELECT station, at, id, temperature FROM readings WHERE station = ? AND day = ? ORDER BY at DESC LIMIT ?"
)
EXPORT = "SELECT station, at, id, temperature FROM readings"
SET_LIMITS = "INSERT INTO limits (station, high, low) VALUES (?, ?, ?)"
LIMITS = "SELECT high, low FROM limits WHERE station = ?"

# Of what users want to hear of (``alert_limits``, and the same by user), and what they are told
# (``deploy/base/notify/notify.cql``).
SET_LIMIT = "INSERT INTO alert_limits (station, user, high, low) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
DROP_LIMIT = "DELETE FROM alert_limits USING TIMESTAMP ? WHERE station = ? AND user = ?"
NOTE_LIMIT = "INSERT INTO user_limits (user, station, high, low) VALUES (?, ?, ?, ?) USING TIMESTAMP ?"
FORGET_LIMIT = "DELETE FROM user_limits USING TIMESTAMP ? WHERE user = ? AND station = ?"
USER_LIMIT = "SELECT station, high, low FROM user_limits WHERE user = ? AND station = ?"
USER_LIMITS = "SELECT station, high, low FROM user_limits WHERE user = ?"
KNOWN_ALERTS = "SELECT id FROM alerts WHERE user = ? AND position = 0 AND id IN ?"


def _keep_alerts(count: int) -> str:
    """All of it or nothing, and only if the alerts are new and take the next places: one transaction."""
    mark = "INSERT INTO alerts (user, position, id) VALUES (?, 0, ?) IF NOT EXISTS USING TTL ?; "
    row = (
        "INSERT INTO alerts (user, position, id, station, reading, at, temperature, high, low) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?; "
    )
    last = "UPDATE alerts SET last = ? WHERE user = ? IF last = ?; "
    return f"BEGIN BATCH {last}{(mark + row) * count}APPLY BATCH"


#: By how many at once.
KEEP_ALERTS = {count: _keep_alerts(count) for count in (1, 4, 16)}
ALERTS_AFTER = (
    "SELECT user, position, id, station, reading, at, temperature, high, low FROM alerts "
    "WHERE user = ? AND position > ? LIMIT ?"
)
#: Of marks, and where there is nothing but what is static, it is not known when they were kept.
EXPORT_ALERTS = (
    "SELECT user, position, id, station, at, temperature, WRITETIME(temperature) AS kept FROM alerts"
)
STANDING = "SELECT DISTINCT user, last, acknowledged FROM alerts WHERE user = ?"
#: Written as of its own value: the largest wins, whenever it arrives.
ACKNOWLEDGE = "UPDATE alerts USING TIMESTAMP ? SET acknowledged = ? WHERE user = ?"

# Of work that waits (``deploy/profiles/scaling/work.cql``): what is done twice comes to the same.
WAITING = "SELECT id, station, task FROM queue WHERE kind = ? LIMIT ?"
PUT_OFF = "INSERT INTO queue (kind, id, station, task) VALUES (?, ?, ?, ?)"
TAKE_OFF = "DELETE FROM queue WHERE kind = ? AND id = ?"
GIVE_UP = "INSERT INTO dead_letters (kind, id, station, task, reason) VALUES (?, ?, ?, ?, ?)"
DEAD_LETTERS = "SELECT id, station, task, reason FROM dead_letters WHERE kind = ?"
DELIVER = "INSERT INTO deliveries (station, id, recipient, text) VALUES (?, ?, ?, ?)"
DELIVERED = "SELECT id, recipient, text FROM deliveries WHERE station = ?"
SUM_UP = (
    "SELECT COUNT(temperature) AS readings, MIN(temperature) AS lowest, AVG(temperature) AS mean, "
    "MAX(temperature) AS highest FROM readings WHERE station = ? AND day = ?"
)
KEEP_SUMMARY = (
    "INSERT INTO summaries (station, id, day, readings, lowest, mean, highest) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
SUMMARIES = "SELECT id, day, readings, lowest, mean, highest FROM summaries WHERE station = ?"
