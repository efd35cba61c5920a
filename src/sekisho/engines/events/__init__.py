"""Events: log files of every kind in, columns out, each event leading back to its line."""
