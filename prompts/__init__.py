"""Prompt files for answers that a language model writes; this release writes none."""
