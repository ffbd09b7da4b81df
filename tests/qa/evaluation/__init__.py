"""Tests of scoring, file by file."""
