"""The version of nasapi, which tables and stores record."""

VERSION = "0.1.0"
