"""Configuration of a host, judged by rules over the eight setting considerations of control 8.9, and its drift."""
