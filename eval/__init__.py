"""The evaluation: gold questions, verdicts, and the fitting of what decides."""
