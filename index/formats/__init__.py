"""The formats that content is read from and written in."""
