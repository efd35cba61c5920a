"""測定と報告: indicators, targets, reports."""
