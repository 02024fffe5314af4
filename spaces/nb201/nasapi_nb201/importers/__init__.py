"""Importers: the official files of NATS-Bench that users bring, made into nasapi tables."""
