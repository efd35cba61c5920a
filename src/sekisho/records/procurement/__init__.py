"""調達: from plain questions to the security part of the 調達仕様書, and on to acceptance and operation."""
