"""Scoring labelled queries: queries → run → measures → evaluation → table, document, report."""
