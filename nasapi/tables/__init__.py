"""Tables: published numbers on disk, the objective that reads them, and pickles read as plain data."""
