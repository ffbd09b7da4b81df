"""Fetching what people name by an address, politely and warily."""
