"""事案: incidents caused by people, taken apart by sheets whose factors can be counted."""
