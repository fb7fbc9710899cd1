"""Wenbao."""
