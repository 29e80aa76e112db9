"""Small changes to what judges, each of which a test must notice."""
