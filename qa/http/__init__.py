"""The service over HTTP: one module for each group of routes."""
