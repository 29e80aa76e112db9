"""Questions put to a finished run, one a file. Pure: a check reads a record and returns verdicts."""
