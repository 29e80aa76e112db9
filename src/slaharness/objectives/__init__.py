"""SLOs: from OpenSLO files to the model, and from measurements to verdicts."""
