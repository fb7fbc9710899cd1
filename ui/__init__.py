"""The chat page; this release has none yet, `wenbao chat` says so."""
