"""Tests, laid out as the code is; `conftest.py` holds the small real things they share."""
