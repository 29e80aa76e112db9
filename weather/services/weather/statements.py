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
LATEST = (
    "SELECT station, at, id, temperature FROM readings WHERE station = ? AND day = ? ORDER BY at DESC LIMIT ?"
)
EXPORT = "SELECT station, at, id, temperature FROM readings"
SET_LIMITS = "INSERT INTO limits (station, high, low) VALUES (?, ?, ?)"
LIMITS = "SELECT high, low FROM limits WHERE station = ?"

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
