"""Pages of 測定と報告."""
