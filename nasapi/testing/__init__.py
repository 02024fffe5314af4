"""The conformance kit: named rules that a plugin must keep, usable with and without pytest."""
